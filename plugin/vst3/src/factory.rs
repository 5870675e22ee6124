//! The plug-in factory: what there is, and new instances of it.

use std::ffi::c_void;
use std::sync::{Arc, Mutex};

use vst3::Steinberg::*;
use vst3::{Class, ComPtr, ComRef, ComWrapper};

use crate::Options;
use crate::class::{self, CATEGORY, FLAGS, SDK_VERSION};
use crate::component::Component;
use crate::guard::{Role, as_role, catch, lock, swap};
use crate::library::{Descriptor, Library};
use crate::text::{narrow, wide};
use crate::write_out;

pub(crate) struct Factory {
    library: Arc<Library>,
    classes: Vec<Descriptor>,
    options: Options,
    context: Mutex<Option<ComPtr<FUnknown>>>,
}

impl Class for Factory {
    type Interfaces = (IPluginFactory3,);
}

impl Factory {
    /// `[main-thread]` A new factory, as `IPluginFactory*` with one reference.
    pub(crate) fn into_raw(library: Arc<Library>, options: Options) -> *mut c_void {
        let classes = as_role(Role::Main, || library.descriptors());
        let factory = ComWrapper::new(Self {
            library,
            classes,
            options,
            context: Mutex::default(),
        });
        let factory = factory.to_com_ptr::<IPluginFactory>();
        factory.map_or(std::ptr::null_mut(), |factory| factory.into_raw().cast())
    }

    fn class(&self, index: i32) -> Option<&Descriptor> {
        self.classes.get(usize::try_from(index).ok()?)
    }

    /// Fills a class info from the descriptor at `index`.
    fn describe<T>(
        &self,
        index: i32,
        place: *mut T,
        fill: impl FnOnce(&Descriptor) -> T,
    ) -> tresult {
        catch(kInternalError, || match self.class(index) {
            // SAFETY: the host passes a place for an info, or null.
            Some(class) => unsafe { write_out(place, fill(class)) },
            None => kInvalidArgument,
        })
    }
}

fn tuid(class: &Descriptor) -> TUID {
    class::tuid(&class.id.to_string_lossy())
}

impl IPluginFactoryTrait for Factory {
    unsafe fn getFactoryInfo(&self, info: *mut PFactoryInfo) -> tresult {
        let first = self.classes.first();
        let content = PFactoryInfo {
            vendor: narrow(first.map_or("", |class| &class.vendor)),
            url: narrow(first.map_or("", |class| &class.url)),
            email: narrow(""),
            flags: PFactoryInfo_::FactoryFlags_::kUnicode as int32,
        };
        // SAFETY: the host passes a place for an info, or null.
        unsafe { write_out(info, content) }
    }

    unsafe fn countClasses(&self) -> int32 {
        self.classes.len() as int32
    }

    unsafe fn getClassInfo(&self, index: int32, info: *mut PClassInfo) -> tresult {
        self.describe(index, info, |class| PClassInfo {
            cid: tuid(class),
            cardinality: PClassInfo_::ClassCardinality_::kManyInstances as int32,
            category: narrow(CATEGORY),
            name: narrow(&class.name),
        })
    }

    unsafe fn createInstance(
        &self,
        cid: FIDString,
        iid: FIDString,
        object: *mut *mut c_void,
    ) -> tresult {
        if cid.is_null() || iid.is_null() || object.is_null() {
            return kInvalidArgument;
        }
        catch(kInternalError, || {
            // SAFETY: not null, and the host passes ids of 16 bytes and a place for a pointer.
            unsafe {
                object.write(std::ptr::null_mut());
                let cid = cid.cast::<TUID>().read_unaligned();
                let Some(class) = self.classes.iter().find(|class| tuid(class) == cid) else {
                    return kInvalidArgument;
                };
                let context = lock(&self.context).clone();
                let library = Arc::clone(&self.library);
                let component = Component::new(library, class.id.clone(), self.options, context);
                let component = ComWrapper::new(component);
                let Some(unknown) = component.to_com_ptr::<FUnknown>() else {
                    return kInternalError;
                };
                let unknown = unknown.as_ptr();
                ((*(*unknown).vtbl).queryInterface)(unknown, iid.cast(), object)
            }
        })
    }
}

impl IPluginFactory2Trait for Factory {
    unsafe fn getClassInfo2(&self, index: int32, info: *mut PClassInfo2) -> tresult {
        self.describe(index, info, |class| PClassInfo2 {
            cid: tuid(class),
            cardinality: PClassInfo_::ClassCardinality_::kManyInstances as int32,
            category: narrow(CATEGORY),
            name: narrow(&class.name),
            classFlags: FLAGS,
            subCategories: narrow(&class::sub_categories(&class.features).join("|")),
            vendor: narrow(&class.vendor),
            version: narrow(&class.version),
            sdkVersion: narrow(SDK_VERSION),
        })
    }
}

impl IPluginFactory3Trait for Factory {
    unsafe fn getClassInfoUnicode(&self, index: int32, info: *mut PClassInfoW) -> tresult {
        self.describe(index, info, |class| PClassInfoW {
            cid: tuid(class),
            cardinality: PClassInfo_::ClassCardinality_::kManyInstances as int32,
            category: narrow(CATEGORY),
            name: wide(&class.name),
            classFlags: FLAGS,
            subCategories: narrow(&class::sub_categories(&class.features).join("|")),
            vendor: wide(&class.vendor),
            version: wide(&class.version),
            sdkVersion: wide(SDK_VERSION),
        })
    }

    /// A context for instances that are initialised without one.
    unsafe fn setHostContext(&self, context: *mut FUnknown) -> tresult {
        catch(kInternalError, || {
            // SAFETY: the host passes a context, or null.
            let context = unsafe { ComRef::from_raw(context) }.map(|context| context.to_com_ptr());
            drop(swap(&self.context, context));
            kResultOk
        })
    }
}

//! The OpenGL side of the window.
#![allow(
    unsafe_code,
    reason = "OpenGL belongs to whoever made its context current"
)]

use std::sync::Arc;

use baseview::WindowContext;
use baseview::gl::{GlConfig, GlContext, Profile};
use egui_glow::{Painter, glow};

use crate::error::{Error, Result};

/// A window's context with what egui keeps in it. Lives on the thread of the window.
pub(super) struct Surface {
    context: GlContext,
    painter: Painter,
}

/// One frame as egui hands it over.
pub(super) struct Picture<'a> {
    /// Width and height in pixels.
    pub(super) size: [u32; 2],
    pub(super) pixels_per_point: f32,
    pub(super) shapes: &'a [egui::ClippedPrimitive],
    pub(super) textures: &'a mut egui::TexturesDelta,
}

impl Surface {
    /// What a window must be made with, the best first.
    pub(super) fn configs() -> [GlConfig; 2] {
        [(3, 2, Profile::Core), (2, 1, Profile::Compatibility)].map(|(major, minor, profile)| {
            GlConfig {
                version: (major, minor),
                profile,
                alpha_bits: 0,
                depth_bits: 0,
                stencil_bits: 0,
                srgb: false,
                ..GlConfig::default()
            }
        })
    }

    /// Sets up egui's side in the window's context.
    ///
    /// # Errors
    /// [`Error::Window`] if the driver cannot do what egui needs.
    pub(super) fn new(window: &WindowContext) -> Result<Self> {
        let context = window
            .gl_context()
            .ok_or_else(|| Error::Window("it has no OpenGL context".to_owned()))?;
        let painter = current(&context, || {
            // SAFETY: the context is current and answers for its own functions.
            let gl = unsafe {
                glow::Context::from_loader_function_cstr(|name| context.get_proc_address(name))
            };
            Painter::new(Arc::new(gl), "", None, true)
        })?;
        let painter = painter.map_err(|error| Error::Window(error.to_string()))?;
        Ok(Self { context, painter })
    }

    /// The longest side of a texture, in pixels.
    pub(super) fn max_texture_side(&self) -> usize {
        self.painter.max_texture_side()
    }

    /// Draws a frame and shows it.
    ///
    /// # Errors
    /// [`Error::Window`] when the window is gone.
    pub(super) fn paint(&mut self, picture: Picture<'_>) -> Result<()> {
        let Self { context, painter } = self;
        current(context, || {
            painter.clear(picture.size, [0.0, 0.0, 0.0, 1.0]);
            painter.paint_and_update_textures(
                picture.size,
                picture.pixels_per_point,
                picture.shapes,
                picture.textures,
            );
            context.swap_buffers()
        })??;
        Ok(())
    }
}

impl Drop for Surface {
    fn drop(&mut self) {
        // Without its window the context cannot be made current, and everything goes with it.
        _ = current(&self.context, || self.painter.destroy());
    }
}

/// Does something while the context is current on this thread.
fn current<T>(context: &GlContext, body: impl FnOnce() -> T) -> Result<T> {
    // SAFETY: the context belongs to this thread, and nothing else of ours is current here: each
    // use of it ends with the line below.
    unsafe { context.make_current() }?;
    let done = body();
    // SAFETY: as above. A window that is gone is found by the next frame.
    _ = unsafe { context.make_not_current() };
    Ok(done)
}

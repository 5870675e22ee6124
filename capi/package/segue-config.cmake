# find_package(segue) gives segue::segue, the shared library, and segue::static, the one that is
# linked into the program.
get_filename_component(_segue_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)

if(NOT TARGET segue::segue)
  add_library(segue::segue SHARED IMPORTED)
  set_target_properties(segue::segue PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${_segue_prefix}/include"
    IMPORTED_LOCATION "${_segue_prefix}/lib/@SHARED@")
  if(NOT WIN32)
    set_target_properties(segue::segue PROPERTIES IMPORTED_SONAME "@SONAME@")
  else()
    set_target_properties(segue::segue PROPERTIES
      IMPORTED_IMPLIB "${_segue_prefix}/lib/segue.dll.lib")
  endif()
endif()

if(NOT TARGET segue::static)
  add_library(segue::static STATIC IMPORTED)
  set_target_properties(segue::static PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${_segue_prefix}/include"
    INTERFACE_COMPILE_DEFINITIONS SEGUE_STATIC
    INTERFACE_LINK_LIBRARIES "@LIBRARY_LIST@"
    IMPORTED_LOCATION "${_segue_prefix}/lib/@STATIC@")
endif()

unset(_segue_prefix)

# A room is a folder of native/src and a static library. Each room has an include path of its own that shows the headers of
# this folder alone, so that including a room that was not named as a dependency fails to compile.

# cln_add_room(<folder> SOURCES <file>... USES <folder>...)     folders relative to native/src, such as backend/cpu
function(cln_add_room folder)
  cmake_parse_arguments(ROOM "" "" "SOURCES;USES" ${ARGN})
  string(REPLACE "/" "_" name ${folder})
  set(target cln_${name})
  set(view ${PROJECT_BINARY_DIR}/rooms/${name})

  file(GLOB headers CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.h)
  file(REMOVE_RECURSE ${view})
  file(MAKE_DIRECTORY ${view}/${folder})
  foreach(header IN LISTS headers)
    get_filename_component(file_name ${header} NAME)
    file(CREATE_LINK ${header} ${view}/${folder}/${file_name} SYMBOLIC)
  endforeach()

  if(ROOM_SOURCES)
    add_library(${target} STATIC ${ROOM_SOURCES})
    set(scope PUBLIC)
    cln_enable_warnings(${target})
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(${target} ${scope} ${view})
  target_link_libraries(${target} ${scope} cln_public_header)
  foreach(used IN LISTS ROOM_USES)
    string(REPLACE "/" "_" used_name ${used})
    target_link_libraries(${target} ${scope} cln_${used_name})
  endforeach()
endfunction()

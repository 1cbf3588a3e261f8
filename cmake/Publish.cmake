# cln_publish(<library>): a release build also leaves the library in artifacts/native, where the managed projects take it.
function(cln_publish target)
  if(NOT CMAKE_BUILD_TYPE STREQUAL "Release" OR CLN_SANITIZE OR CMAKE_CROSSCOMPILING)
    return()
  endif()
  # Renamed into place, so that a process that runs keeps the file that it has loaded.
  set(published ${PROJECT_SOURCE_DIR}/artifacts/native)
  add_custom_command(TARGET ${target} POST_BUILD
    COMMAND ${CMAKE_COMMAND} -E make_directory ${published}
    COMMAND ${CMAKE_COMMAND} -E copy $<TARGET_FILE:${target}> ${published}/$<TARGET_FILE_NAME:${target}>.new
    COMMAND ${CMAKE_COMMAND} -E rename ${published}/$<TARGET_FILE_NAME:${target}>.new
                                       ${published}/$<TARGET_FILE_NAME:${target}>
    VERBATIM)
endfunction()

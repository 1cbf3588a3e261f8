# CLN_SANITIZE applies to everything that is built, so that no object is left out.
if(CLN_SANITIZE)
  add_compile_options(-fsanitize=${CLN_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${CLN_SANITIZE})
endif()

# Shared libraries ask nothing but the C library of the machine that runs them, and the unwinder (libgcc_s), which .NET
# needs too: an exception of a plug-in that the core catches must be unwound by one and the same.
function(cln_link_runtime target)
  if(NOT CLN_SANITIZE)
    target_link_options(${target} PRIVATE -static-libstdc++ -Wl,--no-undefined)
  endif()
endfunction()

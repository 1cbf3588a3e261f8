# CLN_SANITIZE applies to everything that is built, so that no object is left out.
if(CLN_SANITIZE)
  add_compile_options(-fsanitize=${CLN_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${CLN_SANITIZE})
endif()

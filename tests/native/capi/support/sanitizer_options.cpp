// Under a sanitizer too a lack of memory is an answer and not the end. Nobody asks for these without one.
#define CLN_DEFAULT_OPTIONS __attribute__((visibility("default"), used))

extern "C" {

CLN_DEFAULT_OPTIONS const char* __asan_default_options();
CLN_DEFAULT_OPTIONS const char* __tsan_default_options();

const char* __asan_default_options() {
  return "allocator_may_return_null=1";
}
const char* __tsan_default_options() {
  return "allocator_may_return_null=1";
}

}  // extern "C"

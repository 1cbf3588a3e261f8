/* A libcudnn.so.9 that only says who it is, for the tests of the loading. STUB_VERSION: what it says; STUB_PARTIAL: most
   functions are missing, as in another library of that name. */
#include <stddef.h>

#define STUB __attribute__((visibility("default")))

STUB size_t cudnnGetVersion(void);
size_t cudnnGetVersion(void) {
  return STUB_VERSION;
}

#ifndef STUB_PARTIAL
#define NO_OPERATION(name) \
  STUB int name(void);     \
  int name(void) {         \
    return 0;              \
  }
NO_OPERATION(cudnnGetErrorString)
NO_OPERATION(cudnnGetLastErrorString)
NO_OPERATION(cudnnCreate)
NO_OPERATION(cudnnDestroy)
NO_OPERATION(cudnnSetStream)
NO_OPERATION(cudnnBackendCreateDescriptor)
NO_OPERATION(cudnnBackendDestroyDescriptor)
NO_OPERATION(cudnnBackendSetAttribute)
NO_OPERATION(cudnnBackendGetAttribute)
NO_OPERATION(cudnnBackendFinalize)
NO_OPERATION(cudnnBackendExecute)
#endif

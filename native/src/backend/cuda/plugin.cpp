#include "backend/cuda/cuda_backend.h"

extern "C" __attribute__((visibility("default"))) const convlstm::Plugin* cln_cuda_plugin() {
  static constexpr convlstm::Plugin plugin{sizeof(convlstm::Plugin), convlstm::kSeamSize,
                                           convlstm::kPluginBuild, convlstm::cuda::make_cuda_backend,
                                           convlstm::cuda::report_cuda};
  return &plugin;
}

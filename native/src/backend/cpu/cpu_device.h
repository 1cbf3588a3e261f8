#pragma once

#include "backend/cpu/kernels.h"
#include "core/thread_pool.h"

namespace convlstm::cpu {

// What the executors of one backend share.
struct CpuDevice {
  ThreadPool pool;
  const Kernels& kernels;
};

}  // namespace convlstm::cpu

#include <cxxabi.h>

#include <atomic>
#include <cstdlib>
#include <mutex>
#include <set>
#include <sstream>
#include <thread>

#include "backend/cuda/cuda_branches.h"
#include "backend/cuda/cuda_launch.h"
#include "backend/cuda/cuda_staging.h"
#include "core/error.h"

namespace convlstm::cuda {
namespace {

// Text that stays: names of devices are asked for as static text.
const char* keep(const std::string& text) {
  static std::mutex mutex;
  static auto* const all = new std::set<std::string>;
  const std::scoped_lock lock(mutex);
  return all->insert(text).first->c_str();
}

std::string version_text(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

// What the driver says of itself: "12.4", or that there is none.
std::string driver_text() {
  int version = 0;
  if (cudaDriverGetVersion(&version) != cudaSuccess) cudaGetLastError();
  return version == 0 ? "none (libcuda.so.1 was not found; it comes with NVIDIA's driver)"
                      : version_text(version);
}

std::string runtime_text() {
  int version = 0;
  if (cudaRuntimeGetVersion(&version) != cudaSuccess) cudaGetLastError();
  return version_text(version);
}

struct Recorded final : RecordedWork {
  Recorded(Stream& stream, cudaGraphExec_t work) : stream(stream), work(work) {}
  ~Recorded() override {
    try {
      stream.synchronize();
    } catch (...) {  // what the queue met is told to who waits for it next
    }
    cudaGraphExecDestroy(work);
  }
  Stream& stream;
  cudaGraphExec_t work;
};

}  // namespace

int resident_blocks(const Stream& stream, const void* kernel) {
  int blocks = 0;
  CLN_CUDA_CHECK(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, kernel, kThreads, 0));
  return (blocks > 0 ? blocks : 1) * stream.multiprocessors();
}

void check_launch(const std::type_info& body) {
  const cudaError_t code = cudaGetLastError();
  if (code == cudaSuccess) return;
  int status = 0;
  char* const name = abi::__cxa_demangle(body.name(), nullptr, nullptr, &status);
  const std::string kernel = name != nullptr ? name : body.name();
  std::free(name);
  check_cuda(code, ("launch of " + kernel).c_str());
}

class Stream::Queue {
 public:
  explicit Queue(int device) : device_(device) {
    CLN_CUDA_CHECK(cudaSetDevice(device));
    cudaDeviceProp properties{};
    CLN_CUDA_CHECK(cudaGetDeviceProperties(&properties, device));
    multiprocessors = properties.multiProcessorCount;
    name = keep(properties.name);
    architecture = keep("sm_" + std::to_string(properties.major) + std::to_string(properties.minor));
    void* memory = nullptr;
    CLN_CUDA_CHECK(cudaMalloc(&memory, kScratchDoubles * sizeof(double)));
    scratch = static_cast<double*>(memory);
    const cudaError_t code = cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking);
    if (code != cudaSuccess) cudaFree(scratch);
    check_cuda(code, "cudaStreamCreateWithFlags");
  }
  ~Queue() {
    cudaSetDevice(device_);
    cudaStreamSynchronize(stream);
    cudaStreamDestroy(stream);
    cudaFree(scratch);
  }

  void make_current() const { CLN_CUDA_CHECK(cudaSetDevice(device_)); }
  int device() const { return device_; }

  bool is_recording() const { return recorder_ == std::this_thread::get_id(); }
  bool is_forked() const { return forker_ == std::this_thread::get_id(); }
  void refuse_branches(const char* what) const {
    if (is_forked()) fail(CLN_INTERNAL_ERROR, "cuda: expected branches to be joined, got a call of ", what);
  }
  // Where work is collected and does not run as it comes.
  void refuse_collecting(const char* what) const {
    if (is_recording()) fail(CLN_INTERNAL_ERROR, "cuda: expected no recording, got a call of ", what);
    refuse_branches(what);
  }
  void fork(int branches) {
    refuse_branches("fork");
    make_current();
    forker_ = std::this_thread::get_id();
    try {
      branches_.fork(stream, branches);
    } catch (...) {
      abandon_branches();
      throw;
    }
  }
  void join() {
    branches("join").join();
    forker_ = std::thread::id();
  }
  void abandon_branches() noexcept {
    branches_.abandon();
    forker_ = std::thread::id();
  }
  Branches& branches(const char* what) {
    if (!is_forked()) fail(CLN_INTERNAL_ERROR, "cuda: expected a fork, got a call of ", what);
    return branches_;
  }
  // Where this thread's work is queued.
  cudaStream_t selected() const { return is_forked() ? branches_.selected() : stream; }

  void begin_recording() {
    refuse_collecting("begin_recording");
    make_current();
    recording_.lock();
    recorder_ = std::this_thread::get_id();
    const cudaError_t code = cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal);
    if (code != cudaSuccess) stop();
    check_cuda(code, "cudaStreamBeginCapture");
  }
  // Null where the recording failed; `code` tells.
  cudaGraph_t end_recording(cudaError_t* code) {
    cudaGraph_t graph = nullptr;
    *code = cudaStreamEndCapture(stream, &graph);
    stop();
    return graph;
  }
  // Held while another thread does with the queue what would end up in a recording.
  std::mutex& recording() { return recording_; }

  cudaStream_t stream = nullptr;
  int multiprocessors = 0;
  const char* name = "";
  const char* architecture = "";
  double* scratch = nullptr;
  Staging staging;

 private:
  void stop() {
    recorder_ = std::thread::id();
    recording_.unlock();
  }
  int device_;
  std::mutex recording_;
  std::atomic<std::thread::id> recorder_, forker_;
  Branches branches_;
};

Stream::Stream(int device_index) {
  int count = 0;
  const cudaError_t code = cudaGetDeviceCount(&count);
  if (code != cudaSuccess) {
    cudaGetLastError();
    fail(CLN_UNSUPPORTED,
         "device_index: expected a CUDA device, but there is none: ", cudaGetErrorString(code), " (",
         cudaGetErrorName(code), "); driver: ", driver_text(), ", runtime of this library: ", runtime_text(),
         "; install NVIDIA's driver for CUDA ", runtime_text(), " or newer");
  }
  if (device_index >= count)
    fail(CLN_UNSUPPORTED, "device_index: expected 0 to ", count - 1,
         " for the CUDA devices of this machine, got ", device_index);
  queue_ = std::make_unique<Queue>(device_index);
}

Stream::~Stream() = default;

void* Stream::allocate(std::size_t bytes) {
  queue_->refuse_collecting("allocate");
  queue_->make_current();
  void* memory = nullptr;
  const cudaError_t code = cudaMalloc(&memory, bytes);
  if (code == cudaErrorMemoryAllocation) {
    cudaGetLastError();
    return nullptr;
  }
  check_cuda(code, "cudaMalloc");
  return memory;
}

void Stream::release(void* memory) noexcept {
  if (memory == nullptr) return;
  cudaSetDevice(queue_->device());
  cudaFree(memory);
}

void Stream::forget(void*, std::size_t) noexcept {}

void Stream::copy_to_device(void* device, const void* host, std::size_t bytes) {
  queue_->refuse_collecting("copy_to_device");
  queue_->make_current();
  queue_->staging.copy_to_device(queue_->stream, device, host, bytes);
}

void Stream::copy_to_host(void* host, const void* device, std::size_t bytes) {
  queue_->refuse_collecting("copy_to_host");
  queue_->make_current();
  queue_->staging.copy_to_host(queue_->stream, host, device, bytes);
}

void Stream::copy(void* to, const void* from, std::size_t bytes) {
  if (bytes == 0 || to == from) return;
  queue_->make_current();
  const auto* const source = static_cast<const char*>(from);
  auto* const destination = static_cast<char*>(to);
  const std::size_t apart =
      static_cast<std::size_t>(source < destination ? destination - source : source - destination);
  const bool from_the_end = source < destination;
  // What overlaps is moved in pieces as long as the distance, from the end that is not overwritten too early.
  const std::size_t step = apart < bytes ? apart : bytes;
  for (std::size_t done = 0; done < bytes; done += step) {
    const std::size_t length = step < bytes - done ? step : bytes - done;
    const std::size_t at = from_the_end ? bytes - done - length : done;
    CLN_CUDA_CHECK(
        cudaMemcpyAsync(destination + at, source + at, length, cudaMemcpyDeviceToDevice, queue_->selected()));
  }
}

void Stream::clear(void* memory, std::size_t bytes) {
  if (bytes == 0) return;
  queue_->make_current();
  CLN_CUDA_CHECK(cudaMemsetAsync(memory, 0, bytes, queue_->selected()));
}

void Stream::synchronize() {
  queue_->refuse_collecting("synchronize");
  queue_->make_current();
  const std::scoped_lock lock(queue_->recording());
  CLN_CUDA_CHECK(cudaStreamSynchronize(queue_->stream));
}

void Stream::wait_for(Stream& other) {
  if (&other == this) return;
  queue_->refuse_collecting("wait_for");
  other.queue_->make_current();
  const Event event;
  {
    const std::scoped_lock lock(other.queue_->recording());
    CLN_CUDA_CHECK(cudaEventRecord(event.get(), other.queue_->stream));
  }
  queue_->make_current();
  CLN_CUDA_CHECK(cudaStreamWaitEvent(queue_->stream, event.get(), 0));
}

void Stream::begin_recording() {
  queue_->begin_recording();
}

std::unique_ptr<RecordedWork> Stream::end_recording() {
  cudaError_t code = cudaSuccess;
  cudaGraph_t graph = queue_->end_recording(&code);
  check_cuda(code, "cudaStreamEndCapture");
  cudaGraphExec_t work = nullptr;
  code = cudaGraphInstantiate(&work, graph, 0);
  cudaGraphDestroy(graph);
  check_cuda(code, "cudaGraphInstantiate");
  return std::make_unique<Recorded>(*this, work);
}

void Stream::abandon_recording() noexcept {
  if (!is_recording()) return;  // begin_recording failed
  cudaError_t code = cudaSuccess;
  cudaGraph_t graph = queue_->end_recording(&code);
  if (graph != nullptr) cudaGraphDestroy(graph);
  cudaGetLastError();
}

bool Stream::is_recording() const {
  return queue_->is_recording();
}

void Stream::replay(RecordedWork& work) {
  queue_->refuse_collecting("replay");
  queue_->make_current();
  CLN_CUDA_CHECK(cudaGraphLaunch(static_cast<Recorded&>(work).work, queue_->stream));
}

void Stream::fork(int branches) {
  queue_->fork(branches);
}
void Stream::select(int branch) {
  queue_->branches("select").select(branch);
}
void Stream::mark(int mark) {
  queue_->branches("mark").mark(mark);
}
void Stream::wait(int mark) {
  queue_->branches("wait").wait(mark);
}
void Stream::join() {
  queue_->join();
}
void Stream::abandon_branches() noexcept {
  if (is_forked()) queue_->abandon_branches();
}
bool Stream::is_forked() const {
  return queue_->is_forked();
}

void* Stream::native() const {
  queue_->make_current();
  return queue_->selected();
}
int Stream::device_index() const {
  return queue_->device();
}
int Stream::multiprocessors() const {
  return queue_->multiprocessors;
}
const char* Stream::device_name() const {
  return queue_->name;
}
const char* Stream::architecture() const {
  return queue_->architecture;
}
double* Stream::scratch() const {
  queue_->refuse_branches("scratch");
  return queue_->scratch;
}

DeviceReport report_devices() {
  DeviceReport report;
  report.lines = {"driver: " + driver_text(), "runtime: " + runtime_text()};
  int count = 0;
  const cudaError_t code = cudaGetDeviceCount(&count);
  if (code != cudaSuccess) {
    cudaGetLastError();
    report.lines.push_back(std::string("devices: none, ") + cudaGetErrorString(code));
    return report;
  }
  report.is_usable = count > 0;
  report.lines.push_back("devices: " + std::to_string(count));
  for (int i = 0; i < count; ++i) {
    cudaDeviceProp of{};
    if (cudaGetDeviceProperties(&of, i) != cudaSuccess) continue;
    std::ostringstream line;
    line << "device " << i << ": " << of.name << ", compute capability " << of.major << '.' << of.minor
         << ", " << of.multiProcessorCount << " multiprocessors, " << (of.totalGlobalMem >> 20) << " MiB";
    report.lines.push_back(line.str());
    report.devices.push_back(
        {of.name, of.multiProcessorCount, of.major, of.minor, static_cast<std::int64_t>(of.totalGlobalMem)});
  }
  return report;
}

}  // namespace convlstm::cuda

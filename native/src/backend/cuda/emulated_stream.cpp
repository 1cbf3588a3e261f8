#include "backend/cuda/emulated_stream.h"

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

#include "backend/cuda/emulated_branches.h"
#include "backend/cuda/emulated_memory.h"
#include "core/error.h"

namespace convlstm::cuda {
namespace {

using Work = std::function<void()>;
using WorkList = std::vector<Work>;

std::atomic<std::int64_t> wait_count{0}, bytes_to_host{0};
std::atomic<int> multiprocessor_count{4};

std::atomic<const char*>& architecture_name() {
  static std::atomic<const char*> name = [] {
    const char* const text = std::getenv("CLN_EMULATED_ARCHITECTURE");
    return text != nullptr ? text : "emulated";
  }();
  return name;
}

std::atomic<int>& device_count() {
  static std::atomic<int> count = [] {
    const char* const text = std::getenv("CLN_EMULATED_DEVICES");
    return text != nullptr ? std::atoi(text) : 2;
  }();
  return count;
}

// A queue that nobody waits for is run when it is this long: a device does not wait either, and whoever
// queues without end goes at the pace of its kernels.
constexpr std::size_t kLongest = 64;

class RecordedList final : public RecordedWork {
 public:
  explicit RecordedList(WorkList given) : list(std::make_shared<WorkList>(std::move(given))) {}
  std::shared_ptr<WorkList> list;
};

}  // namespace

class Stream::Queue {
 public:
  Queue(int device, void* scratch) : device_(device), scratch_(scratch) {}
  ~Queue() {
    try {
      run();
    } catch (...) {  // nobody is left to hear of it
    }
    emulated::release_memory(scratch_);
  }

  void push(Work work) {
    if (is_forked()) {
      branches_->add(std::move(work));
      return;
    }
    if (is_recording()) {
      recording_.push_back(std::move(work));
      return;
    }
    push_past_recording(std::move(work));
    if (length() >= kLongest) run();
  }
  void push_past_recording(Work work) {
    const std::scoped_lock lock(mutex_);
    list_.push_back(std::move(work));
  }

  // Any thread. What threw drops what was behind it, and stays to be thrown by wait().
  void run() {
    const std::scoped_lock one_at_a_time(running_);
    WorkList list;
    {
      const std::scoped_lock lock(mutex_);
      list.swap(list_);
    }
    if (list.empty()) return;
    const emulated::MemoryAccess access;
    try {
      for (const Work& work : list) work();
    } catch (...) {
      error_ = std::current_exception();
    }
  }
  void wait() {
    ++wait_count;
    const std::scoped_lock lock(running_);
    run();
    if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
  }

  bool is_recording() const { return is_recording_ && recorder_ == std::this_thread::get_id(); }
  bool is_forked() const { return is_forked_ && forker_ == std::this_thread::get_id(); }
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
    forker_ = std::this_thread::get_id();
    branches_ = std::make_shared<emulated::BranchedWork>(branches);
    is_forked_ = true;
  }
  void join() {
    is_forked_ = false;
    push([branches = std::exchange(branches_, nullptr)] { branches->run(); });
  }
  emulated::BranchedWork& branches(const char* what) const {
    if (!is_forked()) fail(CLN_INTERNAL_ERROR, "cuda: expected a fork, got a call of ", what);
    return *branches_;
  }
  void begin_recording() {
    refuse_collecting("begin_recording");
    recorder_ = std::this_thread::get_id();
    is_recording_ = true;
  }
  WorkList end_recording() {
    is_recording_ = false;
    return std::exchange(recording_, {});
  }

  int device() const { return device_; }
  void* scratch() const { return scratch_; }

 private:
  std::size_t length() {
    const std::scoped_lock lock(mutex_);
    return list_.size();
  }

  int device_;
  void* scratch_;
  std::mutex mutex_;
  std::recursive_mutex running_;
  WorkList list_, recording_;
  std::exception_ptr error_;
  std::atomic<bool> is_recording_{false};
  std::atomic<std::thread::id> recorder_;
  std::shared_ptr<emulated::BranchedWork> branches_;
  std::atomic<bool> is_forked_{false};
  std::atomic<std::thread::id> forker_;
};

Stream::Stream(int device_index) {
  const int count = device_count();
  if (count == 0) fail(CLN_UNSUPPORTED, "device_index: expected a CUDA device, but this machine has none");
  if (device_index >= count)
    fail(CLN_UNSUPPORTED, "device_index: expected 0 to ", count - 1, " (emulated devices), got ",
         device_index);
  void* const scratch = emulated::allocate_memory(device_index, kScratchDoubles * sizeof(double));
  if (scratch == nullptr) fail(CLN_OUT_OF_MEMORY, "the device has no memory left for a context");
  queue_ = std::make_unique<Queue>(device_index, scratch);
}

Stream::~Stream() = default;

void* Stream::allocate(std::size_t bytes) {
  queue_->refuse_collecting("allocate");
  return emulated::allocate_memory(queue_->device(), bytes);
}

void Stream::release(void* memory) noexcept {
  if (memory != nullptr) emulated::release_memory(memory);
}

void Stream::forget(void* memory, std::size_t bytes) noexcept {
  queue_->push_past_recording([=] { std::memset(memory, 0xff, bytes); });
}

void Stream::copy_to_device(void* device, const void* host, std::size_t bytes) {
  queue_->refuse_collecting("copy_to_device");
  if (bytes == 0) return;
  const auto* const from = static_cast<const char*>(host);
  queue_->push([device, data = std::vector<char>(from, from + bytes)] {
    std::memcpy(device, data.data(), data.size());
  });
}

void Stream::copy_to_host(void* host, const void* device, std::size_t bytes) {
  queue_->refuse_collecting("copy_to_host");
  if (bytes == 0) return;
  queue_->push([=] { std::memcpy(host, device, bytes); });
  bytes_to_host += static_cast<std::int64_t>(bytes);
  queue_->wait();
}

void Stream::copy(void* to, const void* from, std::size_t bytes) {
  if (bytes > 0) queue_->push([=] { std::memmove(to, from, bytes); });
}

void Stream::clear(void* memory, std::size_t bytes) {
  if (bytes > 0) queue_->push([=] { std::memset(memory, 0, bytes); });
}

void Stream::synchronize() {
  queue_->refuse_collecting("synchronize");
  queue_->wait();
}

void Stream::wait_for(Stream& other) {
  if (&other == this) return;
  queue_->refuse_collecting("wait_for");
  other.queue_->run();  // whatever comes here later comes after it
}

void Stream::begin_recording() {
  queue_->begin_recording();
}

std::unique_ptr<RecordedWork> Stream::end_recording() {
  return std::make_unique<RecordedList>(queue_->end_recording());
}

void Stream::abandon_recording() noexcept {
  queue_->end_recording();
}

bool Stream::is_recording() const {
  return queue_->is_recording();
}

void Stream::replay(RecordedWork& work) {
  queue_->refuse_collecting("replay");
  queue_->push([list = static_cast<RecordedList&>(work).list] {
    for (const Work& step : *list) step();
  });
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
  queue_->branches("join");
  queue_->join();
}

void Stream::abandon_branches() noexcept {
  if (is_forked()) queue_->join();
}

bool Stream::is_forked() const {
  return queue_->is_forked();
}

void* Stream::native() const {
  return const_cast<Stream*>(this);
}
int Stream::device_index() const {
  return queue_->device();
}
int Stream::multiprocessors() const {
  return multiprocessor_count;
}
const char* Stream::device_name() const {
  return "emulated";
}
const char* Stream::architecture() const {
  return architecture_name();
}
double* Stream::scratch() const {
  queue_->refuse_branches("scratch");
  return static_cast<double*>(queue_->scratch());
}

DeviceReport report_devices() {
  const int count = device_count();
  DeviceReport report;
  report.is_usable = count > 0;
  report.lines = {"driver: none, devices are emulated on the host", "devices: " + std::to_string(count)};
  for (int i = 0; i < count; ++i) {
    report.devices.push_back({"emulated", 1, 0, 0, static_cast<std::int64_t>(emulated::device_bytes())});
    report.lines.push_back("device " + std::to_string(i) + ": emulated");
  }
  return report;
}

namespace emulated {

void enqueue(Stream& stream, std::function<void()> work) {
  stream.queue().push(std::move(work));
}

void set_device_count(int count) {
  device_count() = count;
}

void set_multiprocessors(int count) {
  multiprocessor_count = count;
}
void set_architecture(const char* name) {
  architecture_name() = name;
}

std::int64_t waits() {
  return wait_count;
}
std::int64_t copied_to_host() {
  return bytes_to_host;
}

}  // namespace emulated
}  // namespace convlstm::cuda

#include "backend/cuda/emulated_warpgroup.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <vector>

#include "backend/cuda/element.h"
#include "backend/cuda/emulated_tensor_map.h"
#include "core/error.h"

namespace convlstm::cuda::emulated {
namespace {

constexpr int kThreads = 128, kRows = 64;
constexpr std::size_t kDepthBytes = 32;

struct Descriptor {
  std::size_t start, group_stride;
  Swizzle swizzle;
};

// The bits of "Matrix descriptor format"; the depth lies along rows, so the leading offset is not used where
// there is a swizzle.
Descriptor descriptor_of(std::uint64_t bits) {
  constexpr Swizzle kModes[] = {Swizzle::k128, Swizzle::k128, Swizzle::k64, Swizzle::k32};
  const auto field = [&](int from) { return static_cast<std::size_t>(bits >> from & 0x3fff) << 4; };
  const auto mode = static_cast<std::size_t>(bits >> 62);
  if (mode == 0) fail(CLN_INTERNAL_ERROR, "kernel: expected a swizzled matrix");
  if ((bits >> 49 & 7) != 0) fail(CLN_INTERNAL_ERROR, "kernel: expected a matrix without a base offset");
  const Descriptor result{field(0), field(32), kModes[mode]};
  const auto span = static_cast<std::size_t>(result.swizzle);
  if (result.start % (8 * span) + kDepthBytes > span)
    fail(CLN_INTERNAL_ERROR, "kernel: expected a matrix that begins at a multiple of ", 8 * span,
         " bytes, got byte ", result.start);
  if (result.group_stride % (8 * span) != 0 || result.group_stride == 0)
    fail(CLN_INTERNAL_ERROR, "kernel: expected groups of 8 rows at multiples of ", 8 * span, " bytes, got ",
         result.group_stride);
  return result;
}

// 32 bytes of each row.
std::vector<std::byte> read_matrix(const Descriptor& matrix, int rows) {
  std::vector<std::byte> bytes(static_cast<std::size_t>(rows) * kDepthBytes);
  for (std::size_t row = 0; row < static_cast<std::size_t>(rows); ++row)
    for (std::size_t k = 0; k < kDepthBytes; k += 16) {
      const std::size_t at = matrix.start + row / 8 * matrix.group_stride +
                             row % 8 * static_cast<std::size_t>(matrix.swizzle) + k;
      const std::byte* const from = shared_memory() + swizzled(at, matrix.swizzle);
      shared_offset(from, 16);
      std::memcpy(bytes.data() + row * kDepthBytes + k, from, 16);
    }
  return bytes;
}

std::vector<float> to_floats(const std::vector<std::byte>& bytes, Operand operand) {
  const std::size_t size = operand == Operand::kTf32 ? 4 : 2;
  std::vector<float> floats(bytes.size() / size);
  for (std::size_t i = 0; i < floats.size(); ++i) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, bytes.data() + i * size, size);
    const auto half = static_cast<std::uint16_t>(bits);
    floats[i] = operand == Operand::kTf32       ? float_of(bits & 0xffffe000u)
                : operand == Operand::kBfloat16 ? bfloat16_to_float(half)
                                                : float16_to_float(half);
  }
  return floats;
}

// "Fragments of D": the place of number i of a thread's sums.
int row_of(int thread, int i) {
  return thread / 32 * 16 + thread % 32 / 4 + i / 2 % 2 * 8;
}
int column_of(int thread, int i) {
  return i / 4 * 8 + thread % 4 * 2 + i % 2;
}

using Fragment = std::array<std::uint32_t, 4>;

struct Request {
  Operand operand;
  int columns;
  float* sums;
  std::uint64_t a, b;
  bool adds;
  const std::uint32_t* fragment = nullptr;  // of a in registers
  bool is_like(const Request& other) const {
    return operand == other.operand && columns == other.columns && a == other.a && b == other.b &&
           adds == other.adds && (fragment == nullptr) == (other.fragment == nullptr);
  }
};

// "Register fragments of A" of 4-byte numbers: where number i of a thread's lies.
int fragment_row(int thread, int i) {
  return thread / 32 * 16 + thread % 32 / 4 + i % 2 * 8;
}
int fragment_column(int thread, int i) {
  return thread % 4 + i / 2 * 4;
}

Fragment read_fragment(const std::uint32_t* from) {
  Fragment values;
  std::copy_n(from, values.size(), values.begin());
  return values;
}

// A matrix that a product reads, and what it was at the start.
struct Reading {
  std::int64_t group;
  Descriptor matrix;
  std::vector<std::byte> bytes;
};

// Sums that products are under way for.
struct Sums {
  std::int64_t group = 0;  // of the last product
  int columns = 0;
  std::vector<float> values;  // [row][column]
  std::array<float*, kThreads> of_thread{};
};

struct Thread {
  bool is_fenced = false;
  std::int64_t committed = 0, done = 0;  // groups
  // Registers that products read, until all are done: as they were at the last fence, or at their first use;
  // and the last group that reads them.
  struct Registers {
    Fragment values;
    std::int64_t group;
  };
  std::map<const std::uint32_t*, Registers> registers;

  bool is_running(const Registers& known) const { return known.group >= done; }
  void fence() {
    is_fenced = true;
    check_running();
    for (auto& [at, known] : registers)
      if (!is_running(known)) known.values = read_fragment(at);
  }
  const Fragment& read(const std::uint32_t* at) {
    Registers& known = registers.try_emplace(at, Registers{read_fragment(at), committed}).first->second;
    if (read_fragment(at) != known.values)
      fail(CLN_INTERNAL_ERROR, "kernel: expected a fence between registers that are written and products");
    known.group = committed;
    return known.values;
  }
  void check_running() const {
    for (const auto& [at, known] : registers)
      if (is_running(known) && read_fragment(at) != known.values)
        fail(CLN_INTERNAL_ERROR, "kernel: registers changed while products read them");
  }
  void wait(std::int64_t until) {
    check_running();
    done = until;
    if (done == committed)
      std::erase_if(registers, [&](const auto& item) { return !is_running(item.second); });
  }
};

struct Warpgroup {
  std::array<Thread, kThreads> threads;
  std::array<Request, kThreads> requests;
  int arrived = 0;
  std::vector<Reading> readings;
  std::map<float*, Sums> running;  // by the sums of the first thread

  void multiply();
  std::vector<float> read_a(const Request& own);
  void deliver(int thread, std::int64_t done);
};

void Warpgroup::multiply() {
  const Request& own = requests[0];
  for (int k = 0; k < kThreads; ++k) {
    const auto i = static_cast<std::size_t>(k);
    if (!requests[i].is_like(own) || threads[i].committed != threads[0].committed)
      fail(CLN_INTERNAL_ERROR, "kernel: threads of a warpgroup do different things together");
    if (!threads[i].is_fenced)
      fail(CLN_INTERNAL_ERROR, "kernel: expected a fence before the products of a group");
  }
  const auto columns = static_cast<std::size_t>(own.columns);
  const Descriptor of_b = descriptor_of(own.b);
  const std::vector<float> a = read_a(own);
  readings.push_back({threads[0].committed, of_b, read_matrix(of_b, own.columns)});
  const std::vector<float> b = to_floats(readings.back().bytes, own.operand);

  Sums& sums = running[own.sums];
  const bool is_new = sums.values.empty();
  if (is_new) {
    sums.columns = own.columns;
    sums.values.resize(kRows * columns);
  }
  for (int k = 0; k < kThreads; ++k) {
    float* const values = requests[static_cast<std::size_t>(k)].sums;
    sums.of_thread[static_cast<std::size_t>(k)] = values;
    for (int i = 0; i < own.columns / 2; ++i) {
      const auto place =
          static_cast<std::size_t>(row_of(k, i)) * columns + static_cast<std::size_t>(column_of(k, i));
      if (!own.adds)
        sums.values[place] = 0;
      else if (is_new)
        sums.values[place] = values[i];
      std::memset(values + i, 0xff, sizeof(float));
    }
  }
  sums.group = threads[0].committed;
  // Along the columns, so that the host's vectors are used: the order of each sum is that of the depth.
  const std::size_t depth = a.size() / kRows;
  std::vector<float> turned(b.size());
  for (std::size_t i = 0; i < b.size(); ++i) turned[i % depth * columns + i / depth] = b[i];
  for (std::size_t row = 0; row < kRows; ++row)
    for (std::size_t k = 0; k < depth; ++k)
      for (std::size_t column = 0; column < columns; ++column)
        sums.values[row * columns + column] += a[row * depth + k] * turned[k * columns + column];
}

std::vector<float> Warpgroup::read_a(const Request& own) {
  if (own.fragment == nullptr) {
    const Descriptor of_a = descriptor_of(own.a);
    readings.push_back({threads[0].committed, of_a, read_matrix(of_a, kRows)});
    return to_floats(readings.back().bytes, own.operand);
  }
  constexpr int kDepth = kDepthBytes / sizeof(float);
  std::vector<float> a(static_cast<std::size_t>(kRows * kDepth));
  for (int k = 0; k < kThreads; ++k) {
    const auto thread = static_cast<std::size_t>(k);
    const Fragment& values = threads[thread].read(requests[thread].fragment);
    for (int i = 0; i < 4; ++i)
      a[static_cast<std::size_t>(fragment_row(k, i) * kDepth + fragment_column(k, i))] =
          float_of(values[static_cast<std::size_t>(i)] & 0xffffe000u);
  }
  return a;
}

// What groups before `done` give one thread.
void Warpgroup::deliver(int thread, std::int64_t done) {
  auto& own = threads[static_cast<std::size_t>(thread)];
  if (done <= own.done) return;
  if (thread % 32 == 0)  // once a warp
    for (const Reading& reading : readings)
      if (reading.group < done && reading.group >= own.done &&
          read_matrix(reading.matrix, static_cast<int>(reading.bytes.size() / kDepthBytes)) != reading.bytes)
        fail(CLN_INTERNAL_ERROR, "kernel: shared memory changed while products read it, at byte ",
             reading.matrix.start);
  own.wait(done);
  for (auto& [key, sums] : running) {
    if (sums.group >= done) continue;
    float*& values = sums.of_thread[static_cast<std::size_t>(thread)];
    if (values == nullptr) continue;
    for (int i = 0; i < sums.columns / 2; ++i)
      values[i] =
          sums.values[static_cast<std::size_t>(row_of(thread, i) * sums.columns + column_of(thread, i))];
    values = nullptr;
  }
  std::int64_t least = done;
  for (const Thread& other : threads) least = std::min(least, other.done);
  std::erase_if(readings, [&](const Reading& reading) { return reading.group < least; });
  std::erase_if(running, [&](const auto& item) { return item.second.group < least; });
}

class Warpgroups final : public BlockPart {
 public:
  Warpgroup& own() { return all_[current_thread() / kThreads]; }
  void end() override {
    for (const auto& [index, group] : all_)
      if (!group.running.empty())
        fail(CLN_INTERNAL_ERROR, "kernel: nobody waits for products of a block that ends");
  }

 private:
  std::map<int, Warpgroup> all_;
};

Warpgroup& warpgroup() {
  return static_cast<Warpgroups&>(
             block_part(+[]() -> std::unique_ptr<BlockPart> { return std::make_unique<Warpgroups>(); }))
      .own();
}
Thread& own_thread() {
  return warpgroup().threads[static_cast<std::size_t>(current_thread() % kThreads)];
}

// Of all threads one product.
void request(const Request& of_thread) {
  Warpgroup& own = warpgroup();
  own.requests[static_cast<std::size_t>(current_thread() % kThreads)] = of_thread;
  if (++own.arrived < kThreads) return pause();
  own.arrived = 0;
  own.multiply();
  const int first = current_thread() / kThreads * kThreads;
  for (int k = first; k < first + kThreads; ++k) wake(k);
}

}  // namespace

void fence_products() {
  own_thread().fence();
}
void commit_products() {
  ++own_thread().committed;
  own_thread().is_fenced = false;
}
void wait_products(int running) {
  struct Wait {
    Warpgroup* group;
    int thread;
    std::int64_t done;
  };
  Wait own{&warpgroup(), current_thread() % kThreads, own_thread().committed - running};
  with_warp(
      [](void* const* lanes) {
        for (int k = 0; k < 32; ++k) {
          const auto& wait = *static_cast<const Wait*>(lanes[k]);
          wait.group->deliver(wait.thread, wait.done);
        }
      },
      &own);
}

void multiply_add_tiles(Operand operand, int columns, float* sums, std::uint64_t a, std::uint64_t b,
                        bool adds) {
  request({operand, columns, sums, a, b, adds});
}

void multiply_add_tiles_tf32(int columns, float* sums, const std::uint32_t (&a)[4], std::uint64_t b,
                             bool adds) {
  request({Operand::kTf32, columns, sums, 0, b, adds, a});
}

void set_registers(int count) {
  if (count < 24 || count > 256 || count % 8 != 0)
    fail(CLN_INTERNAL_ERROR, "kernel: expected 24 to 256 registers, a multiple of 8, got ", count);
}

}  // namespace convlstm::cuda::emulated

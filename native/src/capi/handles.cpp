#include "capi/handles.h"

#include <array>
#include <mutex>
#include <unordered_map>

#include "core/counters.h"
#include "core/error.h"

namespace convlstm::capi::table {
namespace {

static_assert(sizeof(void*) == sizeof(std::uint64_t), "a handle needs 64 bits");

// From the top: 16 bits of tag, which no address has; 8 of kind; 40 of number.
constexpr std::uint64_t kTag = 0x434c;
constexpr int kTagShift = 48;
constexpr int kKindShift = 40;
constexpr std::uint64_t kNumberMask = (std::uint64_t{1} << kKindShift) - 1;

constexpr std::array<const char*, CLN_OBJECT_KIND_COUNT> kTypeNames = {
    "cln_context", "cln_tensor", "cln_layer", "cln_state", "cln_session", "cln_reserve", "cln_optimizer"};

struct Table {
  std::mutex mutex;
  std::unordered_map<std::uint64_t, std::shared_ptr<void>> objects;
  std::uint64_t last_number = 0;
};

// Never destroyed: a garbage collector's last finalizers may come after the end of static objects.
Table& table() {
  static Table& instance = *new Table;
  return instance;
}

std::uint64_t value_of(const void* handle) {
  return reinterpret_cast<std::uintptr_t>(handle);
}

[[noreturn]] void fail_handle(cln_object_kind kind, std::uint64_t value, const char* argument) {
  const char* const expected = kTypeNames[kind];
  const std::uint64_t actual = (value >> kKindShift) & 0xff;
  if (value >> kTagShift != kTag || actual >= kTypeNames.size())
    fail(CLN_INVALID_HANDLE, argument, ": expected a ", expected, ", got a value that is no handle");
  if (actual != static_cast<std::uint64_t>(kind))
    fail(CLN_INVALID_HANDLE, argument, ": expected a ", expected, ", got a ", kTypeNames[actual]);
  fail(CLN_INVALID_HANDLE, argument, ": expected a live ", expected, ", got one that was destroyed");
}

void check(cln_object_kind kind, std::uint64_t value, const char* argument) {
  if (value == 0) fail(CLN_NULL_ARGUMENT, argument, ": expected a ", kTypeNames[kind], ", got NULL");
  if (value >> kKindShift != (kTag << (kTagShift - kKindShift) | static_cast<std::uint64_t>(kind)))
    fail_handle(kind, value, argument);
}

}  // namespace

void* add(cln_object_kind kind, std::shared_ptr<void> object) {
  Table& all = table();
  const std::scoped_lock lock(all.mutex);
  const std::uint64_t number = all.last_number + 1;
  if (number > kNumberMask) fail(CLN_INTERNAL_ERROR, "the numbers of handles are used up");
  const std::uint64_t value = kTag << kTagShift | static_cast<std::uint64_t>(kind) << kKindShift | number;
  all.objects.emplace(value, std::move(object));
  all.last_number = number;
  live_counters[kind].objects.fetch_add(1, std::memory_order_relaxed);
  return reinterpret_cast<void*>(static_cast<std::uintptr_t>(value));
}

std::shared_ptr<void> find(cln_object_kind kind, const void* handle, const char* argument) {
  const std::uint64_t value = value_of(handle);
  check(kind, value, argument);
  Table& all = table();
  const std::scoped_lock lock(all.mutex);
  const auto found = all.objects.find(value);
  if (found == all.objects.end()) fail_handle(kind, value, argument);
  return found->second;
}

std::shared_ptr<void> remove(cln_object_kind kind, const void* handle, const char* argument) {
  const std::uint64_t value = value_of(handle);
  check(kind, value, argument);
  Table& all = table();
  const std::scoped_lock lock(all.mutex);
  const auto found = all.objects.find(value);
  if (found == all.objects.end()) fail_handle(kind, value, argument);
  std::shared_ptr<void> object = std::move(found->second);
  all.objects.erase(found);
  live_counters[kind].objects.fetch_sub(1, std::memory_order_relaxed);
  return object;
}

}  // namespace convlstm::capi::table

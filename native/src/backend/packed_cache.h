// Derived forms of a layer's parameters (packed, transformed, transposed), shared by all sessions of the
// layer and made anew when the parameters' version has changed.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace convlstm {

class PackedCache {
 public:
  // `key` names the form (executor and instruction set); `make` builds it where it is absent or out of date.
  // Any thread.
  template <typename Packed>
  std::shared_ptr<const Packed> get(const std::string& key, std::uint64_t version,
                                    const std::function<std::shared_ptr<const Packed>()>& make) {
    const std::scoped_lock lock(mutex_);
    Entry& entry = entries_[key];
    if (!entry.form || entry.version != version) entry = {version, make()};
    return std::static_pointer_cast<const Packed>(entry.form);
  }

 private:
  struct Entry {
    std::uint64_t version = 0;
    std::shared_ptr<const void> form;
  };
  std::mutex mutex_;
  std::map<std::string, Entry> entries_;
};

}  // namespace convlstm

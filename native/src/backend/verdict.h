// Whether an executor takes a layer.
#pragma once

#include <string>

namespace convlstm {

// Yes; or no, and why: a few words that go on after "does not support this layer: ".
struct Verdict {
  std::string why_not;  // empty: yes
  explicit operator bool() const { return why_not.empty(); }
};

}  // namespace convlstm

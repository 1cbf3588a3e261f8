// For builds where no peer was found.
#include "peer.h"

namespace convlstm::benchmarks {

std::vector<PeerForm> peer_forms(const Shape&) {
  return {};
}

std::string peer_versions() {
  return "built without oneDNN";
}

}  // namespace convlstm::benchmarks

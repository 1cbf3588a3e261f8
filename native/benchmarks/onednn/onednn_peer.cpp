#include "onednn_layer.h"
#include "peer.h"

namespace convlstm::benchmarks {

std::vector<PeerForm> peer_forms(const Shape& shape) {
  std::vector<PeerForm> forms;
  if (shape.kernel != 3 || shape.layers != 1 || shape.hidden % 16 != 0) return forms;
  for (const bool is_winograd : {true, false})
    for (const bool is_input_winograd : {false, true})
      for (const bool is_hoisted : {true, false}) {
        // Winograd's filtering of a few channels only multiplies zeros; and one step is all steps.
        if (is_input_winograd && (!is_winograd || shape.inputs < 16)) continue;
        if (!is_hoisted && shape.steps == 1) continue;
        const OneDnnForm form{is_winograd, is_input_winograd, is_hoisted};
        forms.push_back({is_winograd ? "oneDNN Winograd" : "oneDNN direct", form.name(), !is_winograd,
                         [form](const Workload& workload, int threads) {
                           return std::make_unique<OneDnnLayer>(workload, form, threads);
                         }});
      }
  return forms;
}

std::string peer_versions() {
  return "oneDNN " + onednn_version();
}

}  // namespace convlstm::benchmarks

// The ConvGRU whose reset gate acts after the convolution.
#include "backend/cpu/reference_activations.h"
#include "backend/cpu/reference_gates.h"

namespace convlstm::cpu::reference {
namespace {

constexpr std::int64_t kGates = 3;
enum Gate : std::int64_t { kZ, kR, kN };

class ConvGruResetAfter final : public Cell {
 public:
  ConvGruResetAfter(const RecurrentDesc& desc, const Size3& input)
      : grid_(reference::grid_of(desc, input)),
        act_(desc),
        input_(GateConvolution::of_input(desc, input)),
        hidden_(GateConvolution::of_hidden(desc, input, 0, kGates)) {}

  void forward(const Step& step, const ConstState& before, const State& after) const override {
    const Values v = run(step, before[kHidden]);
    std::copy(v.h.begin(), v.h.end(), after[kHidden]);
  }

  void backward(const Step& step, const ConstState& before, const State& dstate, double* dx,
                Parameters& gradients) const override {
    const double* h_before = before[kHidden];
    const Values v = run(step, h_before);
    const std::int64_t block = grid_.block();
    double* dh = dstate[kHidden];
    Doubles dinput(size_of(kGates * block)), dhidden(size_of(kGates * block));  // by the two sums
    for (std::int64_t e = 0; e < block; ++e) {
      const double z = v.z[size_of(e)], r = v.r[size_of(e)], n = v.n[size_of(e)];
      const double dpre_z = dh[e] * (h_before[e] - n) * act_.gate_slope(z);
      const double dpre_n = dh[e] * (1 - z) * act_.cell_slope(n);
      const double dpre_r = dpre_n * v.hidden_n[size_of(e)] * act_.gate_slope(r);
      dh[e] *= z;
      dinput[size_of(kZ * block + e)] = dhidden[size_of(kZ * block + e)] = dpre_z;
      dinput[size_of(kR * block + e)] = dhidden[size_of(kR * block + e)] = dpre_r;
      dinput[size_of(kN * block + e)] = dpre_n;
      dhidden[size_of(kN * block + e)] = dpre_n * r;
    }
    add_bias_gradient(gradients[kGateBias], 0, dinput, 0, kGates, grid_);
    add_bias_gradient(gradients[kRecurrentBias], 0, dhidden, 0, kGates, grid_);
    if (step.x != nullptr) input_.backward(step, step.x, v.input_norm, dinput, dx, gradients);
    hidden_.backward(step, h_before, v.hidden_norm, dhidden, dh, gradients);
  }

 private:
  struct Values {
    Normalization::Trace input_norm, hidden_norm;
    Doubles z, r, n, hidden_n, h;  // hidden_n = Whn*h + b'n
  };

  Values run(const Step& step, const double* h_before) const {
    const std::int64_t block = grid_.block();
    Values v;
    Doubles input(size_of(kGates * block));
    if (step.x != nullptr) input = input_.forward(step, step.x, v.input_norm);
    add_bias(input, 0, step.parameters[kGateBias], 0, kGates, grid_);
    Doubles hidden = hidden_.forward(step, h_before, v.hidden_norm);
    add_bias(hidden, 0, step.parameters[kRecurrentBias], 0, kGates, grid_);
    for (std::int64_t e = 0; e < block; ++e) {
      const auto of = [&](const Doubles& sum, Gate gate) { return sum[size_of(gate * block + e)]; };
      const double z = act_.gate(of(input, kZ) + of(hidden, kZ));
      const double r = act_.gate(of(input, kR) + of(hidden, kR));
      const double n = act_.cell(of(input, kN) + r * of(hidden, kN));
      v.z.push_back(z);
      v.r.push_back(r);
      v.n.push_back(n);
      v.hidden_n.push_back(of(hidden, kN));
      v.h.push_back(z * h_before[e] + (1 - z) * n);
    }
    return v;
  }

  Grid grid_;
  Activations act_;
  GateConvolution input_, hidden_;
};

}  // namespace

std::unique_ptr<Cell> make_conv_gru_reset_after(const RecurrentDesc& desc, const Size3& input) {
  return std::make_unique<ConvGruResetAfter>(desc, input);
}

}  // namespace convlstm::cpu::reference

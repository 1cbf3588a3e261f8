// The ConvGRU whose reset gate acts before the convolution (Ballas et al. 2016).
#include "backend/cpu/reference_activations.h"
#include "backend/cpu/reference_gates.h"

namespace convlstm::cpu::reference {
namespace {

constexpr std::int64_t kGates = 3;
enum Gate : std::int64_t { kZ, kR, kN };

class ConvGru final : public Cell {
 public:
  ConvGru(const RecurrentDesc& desc, const Size3& input)
      : has_group_norm_(desc.normalization == CLN_NORMALIZATION_GROUP),
        grid_(reference::grid_of(desc, input)),
        act_(desc),
        input_(GateConvolution::of_input(desc, input)),
        hidden_(GateConvolution::of_hidden(desc, input, kZ, 2)),
        reset_(GateConvolution::of_hidden(desc, input, kN, 1)),
        zr_norm_{2 * grid_.channels, grid_.area, desc.norm_group_channels, false,
                 static_cast<double>(desc.norm_epsilon)},
        n_norm_{grid_.channels, grid_.area, desc.norm_group_channels, false,
                static_cast<double>(desc.norm_epsilon)} {}

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
    Doubles dzr(size_of(2 * block)), dn(size_of(block)), dreset(size_of(block));
    for (std::int64_t e = 0; e < block; ++e) {
      const double z = v.z[size_of(e)], n = v.n[size_of(e)];
      dzr[size_of(kZ * block + e)] = dh[e] * (h_before[e] - n) * act_.gate_slope(z);
      dn[size_of(e)] = dh[e] * (1 - z) * act_.cell_slope(n);
      dh[e] *= z;
    }
    norm_backward(n_norm_, step, kN, v.n_norm, dn, gradients);
    reset_.backward(step, v.reset_h.data(), v.reset_norm, dn, dreset.data(), gradients);
    for (std::int64_t e = 0; e < block; ++e) {
      const double r = v.r[size_of(e)];
      dzr[size_of(kR * block + e)] = dreset[size_of(e)] * h_before[e] * act_.gate_slope(r);
      dh[e] += dreset[size_of(e)] * r;
    }
    norm_backward(zr_norm_, step, kZ, v.zr_norm, dzr, gradients);
    hidden_.backward(step, h_before, v.hidden_norm, dzr, dh, gradients);

    Doubles drows(size_of(kGates * block));
    add_gates(drows, kZ, dzr, 0, 2, grid_);
    add_gates(drows, kN, dn, 0, 1, grid_);
    add_bias_gradient(gradients[kGateBias], 0, drows, 0, kGates, grid_);
    add_bias_gradient(gradients[kRecurrentBias], 0, drows, 0, kGates, grid_);
    if (step.x != nullptr) input_.backward(step, step.x, v.input_norm, drows, dx, gradients);
  }

 private:
  struct Values {
    Normalization::Trace input_norm, hidden_norm, reset_norm, zr_norm, n_norm;
    Doubles z, r, n, reset_h, h;  // reset_h = r.h
  };

  Values run(const Step& step, const double* h_before) const {
    const std::int64_t block = grid_.block();
    Values v;
    Doubles sum(size_of(kGates * block));
    if (step.x != nullptr) add_gates(sum, 0, input_.forward(step, step.x, v.input_norm), 0, kGates, grid_);
    add_bias(sum, 0, step.parameters[kGateBias], 0, kGates, grid_);
    add_bias(sum, 0, step.parameters[kRecurrentBias], 0, kGates, grid_);

    Doubles zr = take_gates(sum, kZ, 2, grid_);
    add_gates(zr, 0, hidden_.forward(step, h_before, v.hidden_norm), 0, 2, grid_);
    norm_forward(zr_norm_, step, kZ, zr, v.zr_norm);
    for (std::int64_t e = 0; e < block; ++e) {
      const double z = act_.gate(zr[size_of(kZ * block + e)]);
      const double r = act_.gate(zr[size_of(kR * block + e)]);
      v.z.push_back(z);
      v.r.push_back(r);
      v.reset_h.push_back(r * h_before[e]);
    }

    Doubles pre_n = take_gates(sum, kN, 1, grid_);
    add_gates(pre_n, 0, reset_.forward(step, v.reset_h.data(), v.reset_norm), 0, 1, grid_);
    norm_forward(n_norm_, step, kN, pre_n, v.n_norm);
    for (std::int64_t e = 0; e < block; ++e) {
      const double z = v.z[size_of(e)], n = act_.cell(pre_n[size_of(e)]);
      v.n.push_back(n);
      v.h.push_back(z * h_before[e] + (1 - z) * n);
    }
    return v;
  }

  // Group normalization of the sums of the gates from `first` on.
  void norm_forward(const Normalization& norm, const Step& step, Gate first, Doubles& sum,
                    Normalization::Trace& trace) const {
    const std::int64_t row = first * grid_.channels;
    if (has_group_norm_)
      norm.forward(sum.data(), step.parameters[kNormScale].data() + row,
                   step.parameters[kNormShift].data() + row, trace);
  }
  void norm_backward(const Normalization& norm, const Step& step, Gate first,
                     const Normalization::Trace& trace, Doubles& dsum, Parameters& gradients) const {
    const std::int64_t row = first * grid_.channels;
    if (has_group_norm_)
      norm.backward(dsum.data(), step.parameters[kNormScale].data() + row, trace,
                    gradients[kNormScale].data() + row, gradients[kNormShift].data() + row);
  }

  bool has_group_norm_;
  Grid grid_;
  Activations act_;
  GateConvolution input_, hidden_, reset_;  // over x; over h to z and r; over r.h to n
  Normalization zr_norm_, n_norm_;
};

}  // namespace

std::unique_ptr<Cell> make_conv_gru(const RecurrentDesc& desc, const Size3& input) {
  return std::make_unique<ConvGru>(desc, input);
}

}  // namespace convlstm::cpu::reference

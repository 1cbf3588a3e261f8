// The ConvLSTM (Shi et al. 2015, equation 3), with what a layer can add to it.
#include "backend/cpu/reference_activations.h"
#include "backend/cpu/reference_gates.h"

namespace convlstm::cpu::reference {
namespace {

constexpr std::int64_t kGates = 4;
enum Gate : std::int64_t { kI, kF, kG, kO };
enum Peephole : std::int64_t { kOfI, kOfF, kOfO };

class ConvLstm final : public Cell {
 public:
  ConvLstm(const RecurrentDesc& desc, const Size3& input)
      : desc_(desc),
        grid_(reference::grid_of(desc, input)),
        act_(desc),
        input_(GateConvolution::of_input(desc, input)),
        hidden_(GateConvolution::of_hidden(desc, input, 0, kGates)),
        norm_{kGates * grid_.channels, grid_.area, desc.norm_group_channels, false,
              static_cast<double>(desc.norm_epsilon)} {}

  void forward(const Step& step, const ConstState& before, const State& after) const override {
    const Values v = run(step, before);
    std::copy(v.h.begin(), v.h.end(), after[kHidden]);
    std::copy(v.c.begin(), v.c.end(), after[kCell]);
  }

  void backward(const Step& step, const ConstState& before, const State& dstate, double* dx,
                Parameters& gradients) const override {
    const Values v = run(step, before);
    const std::int64_t block = grid_.block();
    const double* c_before = before[kCell];
    double *dh = dstate[kHidden], *dc = dstate[kCell];
    Doubles drows(size_of(kGates * block));
    for (std::int64_t e = 0; e < block; ++e) {
      const double i = v.i[size_of(e)], f = v.f[size_of(e)], g = v.g[size_of(e)], o = v.o[size_of(e)];
      const double c = v.c[size_of(e)], cell_c = act_.cell(c);
      const double dpre_o = dh[e] * cell_c * act_.gate_slope(o);
      const double dc_new = dc[e] + dh[e] * o * act_.cell_slope(cell_c) + dpre_o * peephole(step, kOfO, e);
      const double dc_sum = dc_new * act_.clip_slope(c);  // by f.c + i.g
      const double dpre_i = dc_sum * g * act_.gate_slope(i);
      const double dpre_f = dc_sum * c_before[e] * act_.gate_slope(f);
      const double dpre_g = dc_sum * i * act_.cell_slope(g);
      dc[e] = dc_sum * f + dpre_i * peephole(step, kOfI, e) + dpre_f * peephole(step, kOfF, e);
      add_peephole_gradient(gradients, kOfI, e, dpre_i * c_before[e]);
      add_peephole_gradient(gradients, kOfF, e, dpre_f * c_before[e]);
      add_peephole_gradient(gradients, kOfO, e, dpre_o * c);
      drows[size_of(kI * block + e)] = dpre_i;
      drows[size_of(kF * block + e)] = dpre_f;
      drows[size_of(kG * block + e)] = dpre_g;
      drows[size_of(kO * block + e)] = dpre_o;
    }
    if (desc_.normalization == CLN_NORMALIZATION_GROUP)
      norm_.backward(drows.data(), step.parameters[kNormScale].data(), v.sum_norm,
                     gradients[kNormScale].data(), gradients[kNormShift].data());
    add_bias_gradient(gradients[kGateBias], 0, drows, 0, kGates, grid_);
    add_bias_gradient(gradients[kRecurrentBias], 0, drows, 0, kGates, grid_);
    if (step.x != nullptr) input_.backward(step, step.x, v.input_norm, drows, dx, gradients);
    std::fill(dh, dh + block, 0.0);
    hidden_.backward(step, before[kHidden], v.hidden_norm, drows, dh, gradients);
  }

 private:
  struct Values {
    Normalization::Trace input_norm, hidden_norm, sum_norm;
    Doubles i, f, g, o, c, h;
  };

  Values run(const Step& step, const ConstState& before) const {
    const std::int64_t block = grid_.block();
    Values v;
    Doubles sum(size_of(kGates * block));
    if (step.x != nullptr) add_gates(sum, 0, input_.forward(step, step.x, v.input_norm), 0, kGates, grid_);
    add_gates(sum, 0, hidden_.forward(step, before[kHidden], v.hidden_norm), 0, kGates, grid_);
    add_bias(sum, 0, step.parameters[kGateBias], 0, kGates, grid_);
    add_bias(sum, 0, step.parameters[kRecurrentBias], 0, kGates, grid_);
    if (desc_.normalization == CLN_NORMALIZATION_GROUP)
      norm_.forward(sum.data(), step.parameters[kNormScale].data(), step.parameters[kNormShift].data(),
                    v.sum_norm);
    for (std::int64_t e = 0; e < block; ++e) {
      const auto pre = [&](Gate gate) { return sum[size_of(gate * block + e)]; };
      const double c_before = before[kCell][e];
      const double i = act_.gate(pre(kI) + peephole(step, kOfI, e) * c_before);
      const double f = act_.gate(pre(kF) + peephole(step, kOfF, e) * c_before + forget_bias());
      const double g = act_.cell(pre(kG));
      const double c = act_.clip(f * c_before + i * g);
      const double o = act_.gate(pre(kO) + peephole(step, kOfO, e) * c);
      const double h = o * act_.cell(c);
      v.i.push_back(i);
      v.f.push_back(f);
      v.g.push_back(g);
      v.o.push_back(o);
      v.c.push_back(c);
      v.h.push_back(h);
    }
    return v;
  }

  double forget_bias() const { return static_cast<double>(desc_.forget_bias); }

  // The place of the peephole of element `e` of the state.
  std::size_t peephole_at(Peephole which, std::int64_t e) const {
    const bool per_pixel = desc_.peephole == CLN_PEEPHOLE_PER_PIXEL;
    return size_of(per_pixel ? which * grid_.block() + e : which * grid_.channels + e / grid_.area);
  }
  double peephole(const Step& step, Peephole which, std::int64_t e) const {
    return desc_.peephole == CLN_PEEPHOLE_NONE ? 0.0 : step.parameters[kPeephole][peephole_at(which, e)];
  }
  void add_peephole_gradient(Parameters& gradients, Peephole which, std::int64_t e, double d) const {
    if (desc_.peephole != CLN_PEEPHOLE_NONE) gradients[kPeephole][peephole_at(which, e)] += d;
  }

  RecurrentDesc desc_;
  Grid grid_;
  Activations act_;
  GateConvolution input_, hidden_;
  Normalization norm_;  // group normalization of the joint sum
};

}  // namespace

std::unique_ptr<Cell> make_conv_lstm(const RecurrentDesc& desc, const Size3& input) {
  return std::make_unique<ConvLstm>(desc, input);
}

}  // namespace convlstm::cpu::reference

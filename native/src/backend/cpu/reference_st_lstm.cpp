// The spatiotemporal LSTM of PredRNN (Wang et al. 2017).
#include "backend/cpu/reference_activations.h"
#include "backend/cpu/reference_gates.h"
#include "cell/cells.h"

namespace convlstm::cpu::reference {
namespace {

// Gates of the sum, which are those of the input kernel; the primed ones have an M for memory. The hidden
// kernel has i f g o, the memory kernel i' f' g'.
enum Gate : std::int64_t { kI, kF, kG, kMi, kMf, kMg, kO, kGates };
constexpr std::int64_t kHiddenGates = 4, kHiddenO = 3, kMemoryGates = 3;

class StLstm final : public Cell {
 public:
  StLstm(const RecurrentDesc& desc, const Size3& input)
      : forget_bias_(static_cast<double>(desc.forget_bias)),
        grid_(reference::grid_of(desc, input)),
        act_(desc),
        input_(GateConvolution::of_input(desc, input)),
        hidden_(GateConvolution::of_hidden(desc, input, 0, kHiddenGates)),
        memory_(GateConvolution::of_memory(desc, input)),
        output_(GateConvolution::of_output(desc, input)),
        mixing_(GateConvolution::of_mixing(desc, input)) {}

  void forward(const Step& step, const ConstState& before, const State& after) const override {
    const Values v = run(step, before);
    const auto block = grid_.block();
    std::copy(v.h.begin(), v.h.end(), after[kHidden]);
    std::copy(v.cm.begin(), v.cm.begin() + block, after[kCell]);
    std::copy(v.cm.begin() + block, v.cm.end(), after[kMemory]);
  }

  void backward(const Step& step, const ConstState& before, const State& dstate, double* dx,
                Parameters& gradients) const override {
    const Values v = run(step, before);
    const std::int64_t block = grid_.block();
    double *dh = dstate[kHidden], *dc = dstate[kCell], *dm = dstate[kMemory];
    Doubles drows(size_of(kGates * block)), do_rows(size_of(block)), dmixed(size_of(block));
    for (std::int64_t e = 0; e < block; ++e) {
      const double o = v.o[size_of(e)], cell_mixed = v.cell_mixed[size_of(e)];
      do_rows[size_of(e)] = dh[e] * cell_mixed * act_.gate_slope(o);
      dmixed[size_of(e)] = dh[e] * o * act_.cell_slope(cell_mixed);
    }
    Doubles dcm(size_of(2 * block));  // by [c', m']
    std::copy(dc, dc + block, dcm.begin());
    std::copy(dm, dm + block, dcm.begin() + block);
    output_.backward(step, v.cm.data(), v.output_norm, do_rows, dcm.data(), gradients);
    mixing_.backward(step, v.cm.data(), v.mixing_norm, dmixed, dcm.data(), gradients);
    add_gates(drows, kO, do_rows, 0, 1, grid_);
    for (std::int64_t e = 0; e < block; ++e) {
      const double dc_new = dcm[size_of(e)], dm_new = dcm[size_of(block + e)];
      const auto put = [&](Gate gate, double d) { drows[size_of(gate * block + e)] = d; };
      const double i = v.i[size_of(e)], f = v.f[size_of(e)], g = v.g[size_of(e)];
      put(kI, dc_new * g * act_.gate_slope(i));
      put(kF, dc_new * before[kCell][e] * act_.gate_slope(f));
      put(kG, dc_new * i * act_.cell_slope(g));
      dc[e] = dc_new * f;
      const double mi = v.mi[size_of(e)], mf = v.mf[size_of(e)], mg = v.mg[size_of(e)];
      put(kMi, dm_new * mg * act_.gate_slope(mi));
      put(kMf, dm_new * before[kMemory][e] * act_.gate_slope(mf));
      put(kMg, dm_new * mi * act_.cell_slope(mg));
      dm[e] = dm_new * mf;
    }
    Doubles dhidden = take_gates(drows, kI, 3, grid_);
    dhidden.insert(dhidden.end(), do_rows.begin(), do_rows.end());
    add_bias_gradient(gradients[kGateBias], 0, drows, 0, kGates, grid_);
    add_bias_gradient(gradients[kRecurrentBias], 0, dhidden, 0, kHiddenGates, grid_);
    if (step.x != nullptr) input_.backward(step, step.x, v.input_norm, drows, dx, gradients);
    std::fill(dh, dh + block, 0.0);
    hidden_.backward(step, before[kHidden], v.hidden_norm, dhidden, dh, gradients);
    memory_.backward(step, before[kMemory], v.memory_norm, take_gates(drows, kMi, kMemoryGates, grid_), dm,
                     gradients);
  }

 private:
  struct Values {
    Normalization::Trace input_norm, hidden_norm, memory_norm, output_norm, mixing_norm;
    Doubles i, f, g, mi, mf, mg, o;
    Doubles cm;          // [c', m']
    Doubles cell_mixed;  // cell(W1*[c', m'])
    Doubles h;
  };

  Values run(const Step& step, const ConstState& before) const {
    const std::int64_t block = grid_.block();
    Values v;
    Doubles sum(size_of(kGates * block)), m_after;
    if (step.x != nullptr) add_gates(sum, 0, input_.forward(step, step.x, v.input_norm), 0, kGates, grid_);
    add_hidden(sum, hidden_.forward(step, before[kHidden], v.hidden_norm));
    add_gates(sum, kMi, memory_.forward(step, before[kMemory], v.memory_norm), 0, kMemoryGates, grid_);
    add_bias(sum, 0, step.parameters[kGateBias], 0, kGates, grid_);
    add_bias(sum, kI, step.parameters[kRecurrentBias], 0, 3, grid_);
    add_bias(sum, kO, step.parameters[kRecurrentBias], kHiddenO, 1, grid_);
    for (std::int64_t e = 0; e < block; ++e) {
      const auto pre = [&](Gate gate) { return sum[size_of(gate * block + e)]; };
      const double i = act_.gate(pre(kI)), f = act_.gate(pre(kF) + forget_bias_), g = act_.cell(pre(kG));
      const double c = f * before[kCell][e] + i * g;
      const double mi = act_.gate(pre(kMi)), mf = act_.gate(pre(kMf) + forget_bias_),
                   mg = act_.cell(pre(kMg));
      const double m = mf * before[kMemory][e] + mi * mg;
      v.i.push_back(i);
      v.f.push_back(f);
      v.g.push_back(g);
      v.mi.push_back(mi);
      v.mf.push_back(mf);
      v.mg.push_back(mg);
      v.cm.push_back(c);
      m_after.push_back(m);
    }
    v.cm.insert(v.cm.end(), m_after.begin(), m_after.end());

    add_gates(sum, kO, output_.forward(step, v.cm.data(), v.output_norm), 0, 1, grid_);
    const Doubles mixed = mixing_.forward(step, v.cm.data(), v.mixing_norm);
    for (std::int64_t e = 0; e < block; ++e) {
      const double o = act_.gate(sum[size_of(kO * block + e)]), cell_mixed = act_.cell(mixed[size_of(e)]);
      v.o.push_back(o);
      v.cell_mixed.push_back(cell_mixed);
      v.h.push_back(o * cell_mixed);
    }
    return v;
  }

  // The rows of the hidden kernel, i f g o.
  void add_hidden(Doubles& sum, const Doubles& rows) const {
    add_gates(sum, kI, rows, 0, 3, grid_);
    add_gates(sum, kO, rows, kHiddenO, 1, grid_);
  }

  double forget_bias_;
  Grid grid_;
  Activations act_;
  GateConvolution input_, hidden_, memory_, output_, mixing_;
};

}  // namespace

std::unique_ptr<Cell> make_st_lstm(const RecurrentDesc& desc, const Size3& input) {
  return std::make_unique<StLstm>(desc, input);
}

}  // namespace convlstm::cpu::reference

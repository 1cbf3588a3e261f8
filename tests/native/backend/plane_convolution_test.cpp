// One convolution in planes, forward and backward, against plain loops in double precision.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "backend/cpu/plane_convolution.h"
#include "cell/bfloat16.h"
#include "support/agreement.h"
#include "support/random_shapes.h"

namespace convlstm::test {
namespace {

using cpu::PlaneConvolution;
using cpu::RowRange;

constexpr std::size_t kPlace = kInputKernel;
constexpr std::int64_t kSteps = 2;

struct Case {
  Axes axes;
  std::vector<Axes> others;  // convolutions of the same layer
  std::int64_t batch = 1, channels = 1, rows = 1;
  RowRange range;
  cln_storage storage = CLN_STORAGE_FLOAT32;
  bool channels_last = false, adds = false, reads_state = false;
  Floats x, kernel, dpre,
      factors;  // (step, image, channel, pixel); dpre has the rows of the range; factors or none

  Size3 input() const { return {axes.h.input, axes.w.input, axes.d.input}; }
  std::int64_t elements() const { return axes.d.kernel * axes.h.kernel * axes.w.kernel; }
  std::int64_t image() const { return channels * input().area(); }
  std::int64_t grid() const { return axes.output().area(); }
};

// What comes out: of the last step, but for dkernel. Dense (image, row or channel, pixel).
struct Result {
  Floats out, dx, dkernel;
};

float rounded(const Case& c, float value) {
  return c.storage == CLN_STORAGE_BFLOAT16 ? bfloat16::round(value) : value;
}

float start_of(const Case& c) {
  return c.adds ? 0.5f : 0.0f;
}

// Calls body(output pixel, element, input pixel) wherever the kernel lies on the input.
template <typename Body>
void for_contacts(const Axes& axes, const Body& body) {
  const auto along = [](const Axis& axis, const auto& inner) {
    for (std::int64_t o = 0; o < axis.output; ++o)
      for (std::int64_t k = 0; k < axis.kernel; ++k) {
        const std::int64_t i = axis.stride * o + axis.dilation * k - axis.before;
        if (i >= 0 && i < axis.input) inner(o, k, i);
      }
  };
  along(axes.d, [&](std::int64_t od, std::int64_t kd, std::int64_t id) {
    along(axes.h, [&](std::int64_t oh, std::int64_t kh, std::int64_t ih) {
      along(axes.w, [&](std::int64_t ow, std::int64_t kw, std::int64_t iw) {
        body((od * axes.h.output + oh) * axes.w.output + ow, (kd * axes.h.kernel + kh) * axes.w.kernel + kw,
             (id * axes.h.input + ih) * axes.w.input + iw);
      });
    });
  });
}

Result expected(const Case& c) {
  const std::int64_t area = c.input().area(), grid = c.grid(), rows = c.range.count;
  std::vector<double> out(at(c.batch * rows * grid), start_of(c)), dx(at(c.batch * c.image()), 0.0);
  std::vector<double> dkernel(c.kernel.size(), 0.5);
  for_contacts(c.axes, [&](std::int64_t o, std::int64_t k, std::int64_t i) {
    for (std::int64_t t = 0; t < kSteps; ++t)
      for (std::int64_t n = 0; n < c.batch; ++n)
        for (std::int64_t channel = 0; channel < c.channels; ++channel) {
          const std::int64_t pixel = (n * c.channels + channel) * area + i;
          const float factor = c.factors.empty() ? 1.0f : c.factors[at(pixel)];
          const double x = rounded(c, c.x[at(t * c.batch * c.image() + pixel)] * factor);
          for (std::int64_t row = 0; row < rows; ++row) {
            const std::int64_t weight = ((c.range.first + row) * c.channels + channel) * c.elements() + k;
            const double w = rounded(c, c.kernel[at(weight)]);
            const double d = rounded(c, c.dpre[at(((t * c.batch + n) * rows + row) * grid + o)]);
            dkernel[at(weight)] += d * x;
            if (t + 1 < kSteps) continue;
            out[at((n * rows + row) * grid + o)] += w * x;
            dx[at(pixel)] += d * w * (c.reads_state ? 1.0f : factor);
          }
        }
  });
  for (double& value : dx) value += start_of(c);
  const auto floats = [](const std::vector<double>& from) {
    Floats to(from.size());
    std::transform(from.begin(), from.end(), to.begin(), [](double v) { return static_cast<float>(v); });
    return to;
  };
  return {floats(out), floats(dx), floats(dkernel)};
}

// Between dense (image, row, pixel) and bodies [row][image], which hold NaN wherever no vector lies.
Floats to_bodies(const cpu::PlaneGeometry& g, const float* dense, std::int64_t rows) {
  Floats bodies(at(rows * g.body_stride()), NAN), clean(at(g.body_stride()));
  const std::int64_t area = g.grid().area();
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t n = 0; n < g.batch(); ++n)
      g.pack_body(dense + (n * rows + row) * area, clean.data(), n);
    for (std::int64_t v = 0; v < g.vectors(); ++v)
      for (std::int64_t lane = 0; lane < g.lanes(); ++lane) {
        const auto place = at(g.places()[v].body + lane);
        if (g.places()[v].mask[lane] != 0) bodies[at(row * g.body_stride()) + place] = clean[place];
      }
  }
  return bodies;
}

Floats from_bodies(const cpu::PlaneGeometry& g, const Floats& bodies, std::int64_t rows) {
  const std::int64_t area = g.grid().area();
  Floats dense(at(g.batch() * rows * area));
  for (std::int64_t k = 0; k < rows * g.batch(); ++k)
    g.unpack_body(bodies.data(), k, dense.data() + (k % g.batch() * rows + k / g.batch()) * area);
  for (std::int64_t row = 0; row < rows; ++row)
    for (std::int64_t v = 0; v < g.vectors(); ++v)
      for (std::int64_t lane = 0; lane < g.lanes(); ++lane)
        if (g.places()[v].mask[lane] == 0) {
          EXPECT_EQ(bodies[at(row * g.body_stride() + g.places()[v].body + lane)], 0.0f);
        }
  return dense;
}

Floats transposed(const Floats& from, std::int64_t images, std::int64_t rows, std::int64_t columns) {
  Floats to(from.size());
  for (std::int64_t n = 0; n < images; ++n)
    for (std::int64_t i = 0; i < rows * columns; ++i)
      to[at(n * rows * columns + i % columns * rows + i / columns)] = from[at(n * rows * columns + i)];
  return to;
}

Result actual(cpu::CpuDevice& device, const Case& c) {
  std::vector<Axes> convolutions = c.others;
  convolutions.push_back(c.axes);
  const cpu::PlaneGeometry g(c.batch, c.axes.output(), convolutions, device.kernels.lanes);
  PlaneConvolution convolution(device, g, c.axes, c.channels, c.rows, kPlace, c.storage);
  PackedCache packed;
  ParameterViews parameters;
  parameters.data[kPlace] = c.kernel.data();
  parameters.packed = &packed;
  const float* factors = c.factors.empty() ? nullptr : c.factors.data();
  const std::int64_t area = c.input().area(), rows = c.range.count;

  const std::size_t source_step = convolution.source_bytes(),
                    dpre_step = at(rows) * convolution.row_plane_bytes();
  // As NaNs; 64-byte alignment is not needed.
  std::vector<char> source(kSteps * source_step, '\xff'), dpre(kSteps * dpre_step, '\xff');
  const Floats x = c.channels_last ? transposed(c.x, kSteps * c.batch, c.channels, area) : c.x;
  const Frames<const float> frames{x.data(), c.batch * c.image(), c.image(),
                                   c.channels_last ? c.channels : 1};
  for (std::int64_t t = 0; t < kSteps; ++t) {
    void* to = source.data() + at(t) * source_step;
    convolution.clear_source(to);
    for (std::int64_t n = 0; n < c.batch && !c.reads_state; ++n)
      convolution.pack_image(frames, t, n, factors, to);
    if (c.reads_state)
      convolution.pack_bodies(to_bodies(g, c.x.data() + t * c.batch * c.image(), c.channels).data(), factors,
                              to);
    void* planes = dpre.data() + at(t) * dpre_step;
    convolution.clear_rows(rows, planes);
    convolution.pack_rows(to_bodies(g, c.dpre.data() + t * c.batch * rows * c.grid(), rows).data(), rows,
                          planes);
  }

  Result result;
  const float start = c.adds ? 0.5f : NAN;
  const auto bodies = [&](std::int64_t count) {
    const Floats dense(at(c.batch * count * c.grid()), start);
    Floats all = to_bodies(g, dense.data(), count);
    for (float& value : all)
      if (c.adds && std::isnan(value)) value = 0.0f;
    return all;
  };
  Floats out = bodies(rows);
  convolution.forward(parameters, c.range, source.data() + (kSteps - 1) * source_step, out.data(), c.adds);
  result.out = from_bodies(g, out, rows);
  const char* last = dpre.data() + (kSteps - 1) * dpre_step;
  if (c.reads_state) {
    Floats dbodies = bodies(c.channels);
    convolution.backward_bodies(parameters, c.range, last, dbodies.data(), c.adds);
    result.dx = from_bodies(g, dbodies, c.channels);
  } else {
    Floats dx(at(c.batch * c.image()), start);
    convolution.backward_images(parameters, c.range, last, factors,
                                {dx.data(), 0, c.image(), c.channels_last ? c.channels : 1}, 0, c.adds);
    result.dx = c.channels_last ? transposed(dx, c.batch, area, c.channels) : dx;
  }
  result.dkernel.assign(c.kernel.size(), 0.5f);
  convolution.backward_kernel(c.range, dpre.data(), dpre_step, source.data(), source_step, kSteps,
                              result.dkernel.data());
  return result;
}

void fill(Case& c, Random& random) {
  c.x = uniform(random, kSteps * c.batch * c.image(), -1, 1);
  c.kernel = uniform(random, c.rows * c.channels * c.elements(), -1, 1);
  c.dpre = uniform(random, kSteps * c.batch * c.range.count * c.grid(), -1, 1);
}

void check(const Devices& devices, const Case& c) {
  const auto text = [](const Axis& a) {
    return " [" + std::to_string(a.input) + " -> " + std::to_string(a.output) + " kernel " +
           std::to_string(a.kernel) + " stride " + std::to_string(a.stride) + " dilation " +
           std::to_string(a.dilation) + " before " + std::to_string(a.before) + "]";
  };
  SCOPED_TRACE(text(c.axes.d) + text(c.axes.h) + text(c.axes.w) + " batch " + std::to_string(c.batch) +
               " channels " + std::to_string(c.channels) + " rows " + std::to_string(c.range.first) + "+" +
               std::to_string(c.range.count) + " of " + std::to_string(c.rows) + " storage " +
               std::to_string(c.storage) + " factors " + std::to_string(!c.factors.empty()) + " adds " +
               std::to_string(c.adds) + " state " + std::to_string(c.reads_state));
  const Result right = expected(c);
  for (std::size_t d = 0; d < devices.all.size(); ++d) {
    SCOPED_TRACE(devices.all[d]->kernels.name + std::string(" threads ") +
                 std::to_string(devices.all[d]->pool.size()));
    static Result first;
    const Result result = actual(*devices.all[d], c);
    EXPECT_LT(relative_error(result.out, right.out), 1e-5) << "out";
    EXPECT_LT(relative_error(result.dx, right.dx), 1e-5) << "dx";
    EXPECT_LT(relative_error(result.dkernel, right.dkernel), 1e-5) << "dkernel";
    if (d % Devices::kThreadCounts == 0) first = result;
    EXPECT_TRUE(same_bits(result.out, first.out) && same_bits(result.dx, first.dx) &&
                same_bits(result.dkernel, first.dkernel));
    if (testing::Test::HasFailure()) return;
  }
}

// Half of the cases read a state: stride 1, sizes kept.
Case random_case(Random& random) {
  Case c;
  const int rank = 1 + static_cast<int>(random.below(3));
  const Size3 input = rank == 3 ? random_size(random, rank, {1, 2, 3, 5, 6})
                                : random_size(random, rank, {1, 2, 5, 9, 16, 18, 23});
  const Axes other = axes_of(random_convolution(random, rank, input), input);
  const Axes same =
      same_axes(random_size(random, rank, {1, 2, 3, 4}), random_size(random, rank, {1, 1, 2, 3}),
                random.below(2) ? input : other.output());
  c.reads_state = same.output() == input && random.below(2) != 0;
  c.axes = c.reads_state ? same : other;
  if (same.output() == c.axes.output()) c.others.push_back(same);
  c.batch = pick(random, {1, 1, 2, 3});
  c.channels = pick(random, {1, 2, 3, 9});
  c.rows = pick(random, {1, 3, 8, 20});
  c.range.first = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(c.rows)));
  if (random.below(2)) c.range.first = 0;
  c.range.count = c.rows - c.range.first;
  c.storage = random.below(2) ? CLN_STORAGE_BFLOAT16 : CLN_STORAGE_FLOAT32;
  c.channels_last = !c.reads_state && random.below(3) == 0;
  c.adds = random.below(2) != 0;
  fill(c, random);
  if (random.below(3) == 0) c.factors = uniform(random, c.batch * c.image(), 0, 2);
  return c;
}

TEST(PlaneConvolution, RandomConvolutions_MatchPlainLoops) {
  const Devices devices;
  Random random(41);
  for (int k = 0; k < 300; ++k) {
    check(devices, random_case(random));
    if (HasFailure()) return;
  }
}

TEST(PlaneConvolution, SplitWork_MatchesPlainLoops) {
  const Devices devices;
  Random random(42);
  for (const cln_storage storage : {CLN_STORAGE_FLOAT32, CLN_STORAGE_BFLOAT16}) {
    Case c;
    c.axes = axes_of({{5, 4}, {2, 2}}, {41, 50});
    c.batch = 2;
    c.channels = 7;
    c.rows = c.range.count = 33;
    c.storage = storage;
    fill(c, random);
    check(devices, c);
  }
}

TEST(PlaneConvolution, KernelsOf63Elements_MatchPlainLoops) {
  const Devices devices;
  Random random(43);
  for (const Size3& input : {Size3{1, 1}, Size3{2, 3}, Size3{1, 70}}) {
    for (const std::int64_t stride : {1, 63}) {
      Case c;
      InputConvolution how;
      how.kernel = {63, 63};
      how.stride = {stride, stride};
      c.axes = axes_of(how, input);
      c.rows = c.range.count = 2;
      fill(c, random);
      check(devices, c);
    }
    Case c;
    c.axes = same_axes({3, 63}, {63, 63}, input);
    c.reads_state = true;
    c.rows = c.range.count = 2;
    fill(c, random);
    check(devices, c);
  }
}

TEST(PlaneConvolution, FarPadding_MatchesPlainLoops) {
  const Devices devices;
  Random random(44);
  Case c;
  InputConvolution how;
  how.padding = CLN_PADDING_EXPLICIT;
  how.kernel = {1, 2};
  how.before = {3, 400, 0};
  how.after = {0, 7, 0};
  c.axes = axes_of(how, {2, 3});
  c.rows = c.range.count = 3;
  fill(c, random);
  check(devices, c);
}

}  // namespace
}  // namespace convlstm::test

// The matrices of Winograd's minimal filtering F(M, R) (Winograd 1980; Lavin and Gray 2016), by Toom and
// Cook's construction: M outputs of a correlation with R weights from N = M + R - 1 inputs,
//   y = A^T [(G w) . (B^T d)].
// Everything is evaluated when it is compiled, so that no code of this file reaches an object file.
#pragma once

namespace convlstm::cpu {

template <int M, int R>
struct WinogradMatrices {
  static constexpr int kPoints = M + R - 1;
  double bt[kPoints][kPoints];  // of the input
  double b[kPoints][kPoints];   // its transpose, of gradients by the input
  double g[kPoints][R];         // of the weights
  double gt[R][kPoints];        // its transpose, of gradients by the weights
  double at[M][kPoints];        // of the output
  double a[kPoints][M];         // its transpose, of gradients by the output
};

// The finite points, in the order in which they are taken; the last point of every F is infinity. Small
// numbers and their reciprocals of opposite sign keep the rounding errors down (Barabasz et al. 2020).
inline constexpr double kWinogradPoints4[] = {0, 1, -1};
inline constexpr double kWinogradPoints6[] = {0, 1, -1, 0.5, -2};
inline constexpr double kWinogradPoints8[] = {0, 1, -1, 0.5, -0.5, 2, -2};

template <int M, int R>
consteval WinogradMatrices<M, R> winograd_matrices() {
  constexpr int n = M + R - 1, finite = n - 1;
  static_assert(n == 4 || n == 6 || n == 8);
  const double* points = n == 4 ? kWinogradPoints4 : n == 6 ? kWinogradPoints6 : kWinogradPoints8;
  WinogradMatrices<M, R> out{};
  for (int j = 0; j < n; ++j) {
    // The product of (x - p_l) over the finite points but p_j: all of them for infinity.
    double polynomial[n]{1};
    int degree = 0;
    double norm = 1;
    for (int l = 0; l < finite; ++l) {
      if (l == j) continue;
      if (j < finite) norm *= points[j] - points[l];
      for (int k = degree; k >= 0; --k) {
        polynomial[k + 1] += polynomial[k];
        polynomial[k] *= -points[l];
      }
      ++degree;
    }
    for (int k = 0; k <= degree; ++k) out.bt[j][k] = polynomial[k];
    double power = 1;
    for (int k = 0; k < n; ++k) {
      if (j < finite && k < R) out.g[j][k] = power / norm;
      if (j < finite && k < M) out.at[k][j] = power;
      power *= j < finite ? points[j] : 0;
    }
  }
  out.g[finite][R - 1] = 1;
  out.at[M - 1][finite] = 1;
  for (int j = 0; j < n; ++j) {
    for (int k = 0; k < M; ++k) out.a[j][k] = out.at[k][j];
    for (int k = 0; k < n; ++k) out.b[j][k] = out.bt[k][j];
    for (int k = 0; k < R; ++k) out.gt[k][j] = out.g[j][k];
  }
  return out;
}

}  // namespace convlstm::cpu

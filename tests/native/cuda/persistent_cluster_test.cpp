// Whole sequences as one kernel of clusters that share the depth of a tile, on the emulated device, against
// the reference in double precision.
#include <set>
#include <string>

#include "backend/cuda/emulated_block.h"
#include "backend/cuda/emulated_cluster.h"
#include "support/persistent_cases.h"

namespace convlstm::test {
namespace {

using cuda::PersistentTile;

class PersistentClusters : public PersistentTest {
 protected:
  void SetUp() override {
    PersistentTest::SetUp();
    cuda::emulated::set_architecture("sm_90");
  }
  void TearDown() override {
    cuda::emulated::set_forgotten_cluster_barriers(0);
    cuda::emulated::set_forgotten_waits(0);
    cuda::emulated::set_architecture("emulated");
    PersistentTest::TearDown();
  }
  void check_random(std::uint64_t seed, int count, const Precision& precision) {
    PersistentTest::check_random(seed, count, precision, cuda::kClusterTiles);
  }
  // How many of eight schedules give other bits than `expected`, or an error.
  int count_found(OnDevice& executor, const Problem& problem, const Outcome& expected) {
    int found = 0;
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
      cuda::emulated::set_grid_schedule(seed);
      try {
        found += !same_bits(infer(executor, problem), expected);
      } catch (const Error&) {
        ++found;
      }
    }
    return found;
  }
};

TEST_F(PersistentClusters, RandomLayersInBfloat16_MatchReference) {
  check_random(5101, 6, {Element::kBfloat16});
}
TEST_F(PersistentClusters, RandomLayersInFloat16_MatchReference) {
  check_random(5102, 6, {Element::kFloat16});
}
TEST_F(PersistentClusters, RandomLayersInTf32_MatchReference) {
  check_random(5103, 6, {Element::kFloat32, true});
}
TEST_F(PersistentClusters, RandomLayersInThreeTf32_MatchReference) {
  check_random(5104, 6, {});
}

// Several patches and groups, so that there are neighbours on all sides; and images of one pixel.
TEST_F(PersistentClusters, ManyBlocks_MatchReference) {
  Random random(5105);
  for (const Precision& precision : {Precision{}, Precision{Element::kBfloat16}}) {
    const auto device = make_device(precision);
    for (const PersistentTile tile : {PersistentTile::k64By32Cluster4, PersistentTile::k128By64Cluster4})
      for (const InputShape& shape : {InputShape{3, {9, 7}}, InputShape{5, {1, 1}}}) {
        Problem problem = make_problem(random, layer_of(5, 18), shape, 3, true);
        add_mask(problem, random);
        check_one(device, problem, tile, 40);
      }
  }
}

// Kernels of 1, 3 and 5 pixels, from fewer vectors of channels than there are blocks of a cluster to many.
TEST_F(PersistentClusters, DepthsOfAllKinds_MatchReference) {
  Random random(5106);
  const auto device = make_device({Element::kBfloat16});
  struct Layer {
    std::int64_t inputs, hidden, kernel;
  };
  int k = 0;
  for (const Layer& layer : {Layer{1, 1, 1}, {0, 9, 3}, {1, 64, 5}, {70, 33, 3}, {16, 128, 3}}) {
    RecurrentDesc desc = layer_of(layer.inputs, layer.hidden);
    desc.input.kernel = desc.recurrent_kernel = {layer.kernel, layer.kernel};
    Problem problem = make_problem(random, desc, {1, {3, 5}}, 2, true);
    for (const PersistentTile tile : {PersistentTile::k64By32Cluster4, PersistentTile::k256By32Cluster8}) {
      SCOPED_TRACE(cuda::name_of(tile) + ", " + describe(problem));
      OnDevice executor = make_fused(device, problem, tile);
      cuda::emulated::set_grid_schedule(static_cast<std::uint64_t>(k++));
      const Outcome actual = infer(executor, problem);
      expect_near(actual, infer(cpu_, "reference", problem), bounds_of(problem, device->precision));
      EXPECT_TRUE(same_bits(infer(executor, problem), actual));
    }
  }
}

TEST_F(PersistentClusters, SingleSteps_SameBitsAsTheSequence) {
  Random random(5107);
  for (const Precision& precision : {Precision{}, Precision{Element::kBfloat16}})
    check_parts(make_device(precision), make_problem(random, layer_of(3, 20), {1, {9, 8}}, 9, true),
                PersistentTile::k64By32Cluster4);
}

TEST_F(PersistentClusters, RecordedCalls_SameBitsAsNewOnes) {
  Random random(5108);
  check_recorded(make_device({Element::kBfloat16}),
                 make_problem(random, layer_of(3, 20), {2, {9, 8}}, 5, true),
                 PersistentTile::k128By32Cluster4);
}

// A kernel that leaves out a barrier of the cluster or a wait for its neighbours is found out.
TEST_F(PersistentClusters, ForgottenBarriersAndWaits_AreFoundOutBySomeSchedule) {
  Random random(5109);
  const auto device = make_device({Element::kBfloat16});
  const Problem problem = make_problem(random, layer_of(3, 20), {1, {8, 16}}, 6, true);
  OnDevice executor = make_fused(device, problem, PersistentTile::k64By32Cluster4);
  const Outcome expected = infer(executor, problem);
  // Two of a step: before sums are sent, and after. Those of the first step stay.
  for (const int first : {2, 3}) {
    cuda::emulated::set_forgotten_cluster_barriers(4, first);
    EXPECT_GT(count_found(executor, problem, expected), 0) << "barrier " << first;
    cuda::emulated::set_forgotten_cluster_barriers(0);
  }
  cuda::emulated::set_forgotten_waits(1);
  EXPECT_GT(count_found(executor, problem, expected), 0) << "waits";
}

TEST_F(PersistentClusters, HalosInSharedMemory_HaveNoConflicts) {
  Random random(5110);
  for (const Precision& precision : {Precision{}, Precision{Element::kBfloat16}}) {
    const auto device = make_device(precision);
    for (const std::int64_t hidden : {8, 40}) {
      const Problem problem = make_problem(random, layer_of(1, hidden), {1, {16, 16}}, 2, true);
      OnDevice executor = make_fused(device, problem, PersistentTile::k64By32Cluster4);
      const cuda::emulated::LoadCounts before = cuda::emulated::load_counts();
      infer(executor, problem);
      const cuda::emulated::LoadCounts after = cuda::emulated::load_counts();
      EXPECT_GT(after.groups, before.groups);
      EXPECT_EQ(after.conflicts, before.conflicts) << hidden;
    }
  }
}

// Every vector of the depth is in one part, and none reads past the block's pixels.
TEST_F(PersistentClusters, PartsOfTheDepth_HaveAllOfIt) {
  for (const std::int64_t inputs : {0, 1, 20, 64})
    for (const std::int64_t hidden : {1, 30, 64})
      for (const PersistentTile tile : cuda::kClusterTiles) {
        const cuda::FusedPlan step(layer_of(inputs, hidden), Size3{20, 11}, Element::kBfloat16, FusedCut{});
        const cuda::PersistentPlan plan(step, Element::kBfloat16, 2, tile);
        ASSERT_TRUE(plan.is_possible());
        std::multiset<std::int32_t> expected, actual;
        for (std::int32_t k = 0; const cuda::SourceVector& vector : step.vectors()) {
          if (vector.channel >= 0) expected.insert(k);
          ++k;
        }
        const auto of_part = static_cast<std::size_t>(plan.stages()) * cuda::kStageVectors;
        ASSERT_EQ(plan.sources().size(), of_part * static_cast<std::size_t>(plan.parts));
        for (std::size_t k = 0; k < plan.sources().size(); ++k) {
          const std::int32_t source = plan.sources()[k], distance = plan.distances()[k];
          EXPECT_EQ(source < 0, distance < 0);
          if (source < 0) continue;
          actual.insert(source);
          const bool is_x = k % of_part < static_cast<std::size_t>(plan.x_stages) * cuda::kStageVectors;
          const cuda::Halo& halo = is_x ? plan.x : plan.h;
          EXPECT_LT(distance, halo.extent * halo.row);
          EXPECT_LT(distance % halo.row, halo.vectors * cuda::kVectorBytes);
        }
        EXPECT_EQ(actual, expected) << inputs << " to " << hidden << ", " << cuda::name_of(tile);
      }
}

// Layers that one multiprocessor is too small for.
TEST_F(PersistentClusters, DeepLayers_RunInClustersWhereTheDeviceHasThem) {
  cuda::emulated::set_multiprocessors(132);
  const auto device = make_device({Element::kBfloat16});
  const auto desc_of = [](std::int64_t inputs, std::int64_t hidden, std::int64_t kernel) {
    RecurrentDesc desc = layer_of(inputs, hidden);
    desc.input.kernel = desc.recurrent_kernel = {kernel, kernel};
    return desc;
  };
  const RecurrentDesc stl = desc_of(128, 128, 5), wide = desc_of(1, 128, 3);
  const auto has = [](const cuda::Fused& executor, const std::string& part) {
    return executor.plan(4).tiling.find(part) != std::string::npos;
  };
  const InputShape small{1, {16, 16}}, large{1, {64, 64}};
  EXPECT_TRUE(
      has(cuda::Fused(device, stl, small),
          "128 pixels by 4 gates of 8 channels, the sequence one kernel of 128 blocks that are on the "
          "device at once, of which clusters of 4 blocks share the depth, and keep 138 KiB"));
  EXPECT_TRUE(has(cuda::Fused(device, wide, large, PersistentTile::k512By64Cluster2),
                  "of which clusters of 2 blocks share the depth, and keep 192 KiB"));
  EXPECT_TRUE(has(cuda::Fused(device, desc_of(1, 64, 5), large),
                  "256 pixels by 4 gates of 8 channels, the sequence one kernel of 128 blocks"));
  cuda::emulated::set_architecture("sm_80");
  EXPECT_FALSE(has(cuda::Fused(device, stl, small), "the sequence one kernel"));
  EXPECT_THROW(cuda::Fused(device, wide, large, PersistentTile::k512By64Cluster2), Error);
}

}  // namespace
}  // namespace convlstm::test

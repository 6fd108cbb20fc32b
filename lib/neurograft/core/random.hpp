#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

#include <neurograft/core/export.hpp>
#include <neurograft/core/ids.hpp>

/// @file
/// Random numbers as a pure function of (seed, stream, tick, entity, block): no generator is
/// stored, so the order of evaluation and the number of threads cannot matter. The generator is
/// Philox 4x32-10 (Salmon et al. 2011, doi 10.1145/2063384.2063405).
namespace neurograft {

/// Fixed codes, one per process, purpose and entity kind. A code once released keeps its number: a
/// changed number changes results. Codes with the top bit set belong to users' processes.
enum class StreamCode : std::uint32_t {
  injection_position = 1,      ///< entity: agent
  injection_viability = 2,     ///< entity: agent
  wall_face = 3,               ///< entity: agent; block: attempt
  lifecycle_outcome = 4,       ///< entity: agent; any event, which one, its kind, next trial; block
                               ///< 1: first trial
  lifecycle_fate = 6,          ///< entity: agent; words: fate of the daughter, own fate
  donor_walk = 7,              ///< entity: agent; six normals, getting into slower surroundings
  immune_walk = 8,             ///< entity: agent; six normals
  infiltration_count = 9,      ///< entity: immune kind
  infiltration_position = 10,  ///< entity: number of the arrival
  immune_fate = 11,            ///< entity: agent; death, division, engagement, residency
  lesion_generator = 12,       ///< entity: lesion
  host_draw = 13,              ///< entity: patient
  missed_dose = 14,            ///< entity: dose number
  protocol_site = 15,          ///< entity: agent
  run_setup = 16,              ///< entity: lesion, for its age
  study_design = 17,           ///< entity: point of a design; also shuffles and shifts of designs
  study_bootstrap = 18,        ///< entity: resample of a table of results
  study_calibration = 19,      ///< entity: proposal; tick: generation
  study_patient = 20,          ///< entity: virtual patient
  study_trial = 21,            ///< entity: resampled trial
};

/// The stream code of a user's own process: a hash of its name, with the top bit set.
NEUROGRAFT_API StreamCode user_stream(std::string_view name) noexcept;

/// What one call of Philox takes as a counter and gives: four uniform words.
using Block = std::array<std::uint32_t, 4>;

/// Ten rounds of Philox 4x32: four words that follow from `counter` and `key` alone.
constexpr Block philox_block(Block counter, std::array<std::uint32_t, 2> key) noexcept {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53U} * counter[0];
    const std::uint64_t p1 = std::uint64_t{0xCD9E8D57U} * counter[2];
    counter = {
        static_cast<std::uint32_t>(p1 >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(p1),
        static_cast<std::uint32_t>(p0 >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(p0)};
    key[0] += 0x9E3779B9U;
    key[1] += 0xBB67AE85U;
  }
  return counter;
}

/// A Boost.Random and standard uniform random bit generator over one entity's blocks. Use with
/// uniform, Bernoulli and discrete distributions, in setup only.
class StreamEngine {
 public:
  using result_type = std::uint32_t;  ///< one word

  /// Starts at the block of `counter`; its last word counts blocks from there.
  constexpr StreamEngine(std::array<std::uint32_t, 2> key, Block counter) noexcept
      : key_(key), counter_(counter) {}

  ///@{
  /// Least and greatest word, as the standard asks of a generator.
  static constexpr result_type min() noexcept { return 0; }
  static constexpr result_type max() noexcept { return std::numeric_limits<result_type>::max(); }
  ///@}

  /// The next word.
  constexpr result_type operator()() noexcept {
    if (used_ == 4) {
      words_ = philox_block(counter_, key_);
      ++counter_[3];
      used_ = 0;
    }
    return words_[used_++];
  }

 private:
  std::array<std::uint32_t, 2> key_;
  Block counter_;
  Block words_{};
  unsigned used_ = 4;
};

/// Entities whose blocks are made at once.
inline constexpr std::size_t stream_lanes = 16;
/// One word for each of them: its id, or a word of its block.
using LaneWords = std::array<std::uint32_t, stream_lanes>;
/// Their blocks, lane by lane.
struct LaneBlocks {
  alignas(32) std::array<LaneWords, 4> word;  ///< word `w` of entity `lane`: `word[w][lane]`
};

/// The draws of one purpose in one tick.
class NEUROGRAFT_API Stream {
 public:
  /// Draws repeat if seed, code and tick (modulo 2^32) do.
  constexpr Stream(std::uint64_t seed, StreamCode code, Tick tick) noexcept
      : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
        tick_(static_cast<std::uint32_t>(tick)),
        code_(static_cast<std::uint32_t>(code)) {}

  /// Four uniform words of entity `id`; `number` counts its blocks.
  constexpr Block block(std::uint32_t id, std::uint32_t number = 0) const noexcept {
    return philox_block({id, tick_, code_, number}, key_);
  }

  /// `block` of several entities, equal to the bit and several times as fast.
  void blocks(const LaneWords& ids, std::uint32_t number, LaneBlocks& out) const noexcept;

  /// The first word of a block, for a single Bernoulli trial.
  constexpr std::uint32_t word(std::uint32_t id, std::uint32_t number = 0) const noexcept {
    return block(id, number)[0];
  }

  /// A generator over the blocks 0, 1, ... of entity `id`: for setup.
  constexpr StreamEngine engine(std::uint32_t id) const noexcept {
    return {key_, {id, tick_, code_, 0}};
  }

 private:
  std::array<std::uint32_t, 2> key_;
  std::uint32_t tick_;
  std::uint32_t code_;
};

/// Poisson count with mean >= 0: inversion in chunks of mean 8, one block of words per chunk pair.
/// Exact for any mean; cost grows linearly with it.
NEUROGRAFT_API std::uint64_t poisson(double mean, const Stream& stream, std::uint32_t id,
                                     std::uint32_t first_block = 0) noexcept;

}  // namespace neurograft

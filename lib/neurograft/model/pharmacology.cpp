#include <algorithm>
#include <cmath>
#include <utility>

#include <neurograft/core/error.hpp>
#include <neurograft/core/math.hpp>
#include <neurograft/core/ranges.hpp>
#include <neurograft/model/pharmacology.hpp>

namespace neurograft {
namespace {

using Targets = std::array<double, drug_target_count>;

// Five-point Gauss-Legendre on [0, 1].
constexpr std::array<double, 5> nodes{0.046910077030668004, 0.23076534494715845, 0.5,
                                      0.76923465505284155, 0.953089922969332};
constexpr std::array<double, 5> weights{0.11846344252809454, 0.23931433524968324,
                                        0.28444444444444444, 0.23931433524968324,
                                        0.11846344252809454};
// Pieces of quadrature double in length after a dose, when levels change fast.
constexpr double shortest_piece_h = 0.0625;
constexpr double longest_piece_h = 1.0;

std::array<ArrayHandle, drug_target_count> by_target(const DrugEffects& effects) {
  return {effects.priming, effects.expansion, effects.traffic, effects.cytokine,
          effects.barrier, effects.microglia, effects.kill};
}

bool is_due(double event_h, double now_h) noexcept {
  return event_h <= now_h + same_time_h;
}

}  // namespace

const Section<PharmacologyParameters>& pharmacology_section() {
  using P = PharmacologyParameters;
  static const Section<P> section{
      "pharmacology",
      "drug levels and effects",
      {{{"steroid_threshold_mg_per_d", "mg/d", 25.0, ranges::dose_mg,
         "prednisone equivalent above which steroid raises clearance",
         "doi 10.1111/j.1365-2125.2007.02895.x", Grade::measured},
        &P::steroid_threshold_mg_per_d},
       {{"adjust_every_d", "d", 7.0, ranges::time_d, "time between dose adjustments", "assumed",
         Grade::assumed},
        &P::adjust_every_d},
       {{"adjust_tolerance", "", 0.1, fraction,
         "relative distance from the target trough that is left alone", "assumed", Grade::assumed},
        &P::adjust_tolerance},
       {{"adjust_max_step_fold",
         "",
         2.0,
         {1.0, 100.0, true},
         "largest change of dose at one time",
         "assumed",
         Grade::assumed},
        &P::adjust_max_step_fold},
       {{"adjust_lowest_fold",
         "",
         0.1,
         {0.0, 1.0, true},
         "lowest adjusted dose, of the prescribed one",
         "assumed",
         Grade::assumed},
        &P::adjust_lowest_fold},
       {{"adjust_highest_fold",
         "",
         10.0,
         {1.0, 1000.0},
         "highest adjusted dose, of the prescribed one",
         "assumed",
         Grade::assumed},
        &P::adjust_highest_fold}}};
  return section;
}

Pharmacology::Pharmacology(std::vector<DrugCourse> courses, PharmacologyParameters parameters,
                           HostPharmacology host, DrugProfiles profiles)
    : courses_(std::move(courses)),
      parameters_(parameters),
      host_(host),
      profiles_(std::move(profiles)) {
  check_courses(courses_, host_, profiles_);
}

Pharmacology::Drug Pharmacology::prepare(const DrugCourse& course, std::uint32_t number,
                                         double start_of_run_d) const {
  Drug drug;
  drug.course = course;
  drug.number = number;
  drug.schedule = DoseSchedule(course, host_.body_mass_kg, start_of_run_d);
  if (course.is_constant_effect()) return drug;
  drug.profile = profiles_.find(course.profile_name())->second;
  const DrugProfile& p = drug.profile;
  const double mass = host_.body_mass_kg / 70.0;
  const double flow = math::pow(mass, 0.75);
  const double clearance =
      p.clearance_l_per_h * flow * (host_.cyp3a5_carrier ? p.cyp3a5_carrier_fold : 1.0);
  drug.volume_l = p.volume_l * mass;
  drug.rates = {.absorption_per_h = p.absorption_per_h,
                .elimination_per_h = clearance / drug.volume_l};
  if (p.peripheral_volume_l > 0.0) {
    drug.rates.to_tissue_per_h = p.exchange_l_per_h * flow / drug.volume_l;
    drug.rates.from_tissue_per_h = p.exchange_l_per_h * flow / (p.peripheral_volume_l * mass);
  }
  drug.ec50 = p.ec50();
  return drug;
}

void Pharmacology::bind(World& world, ReadoutTable& readouts) {
  drugs_.clear();
  constants_.clear();
  std::vector<Problem> problems;
  for (std::uint32_t number = 0; number < courses_.size(); ++number) {
    const DrugCourse& course = courses_[number];
    Drug drug = prepare(course, number, world.clock().start_d);
    if (drug.schedule.start_h() < -same_time_h) {
      problems.push_back({"drug." + course.name, "the course starts before the run",
                          "its level at the start of the run would be unknown",
                          "start the run earlier, simulation.start_d"});
    }
    (course.is_constant_effect() ? constants_ : drugs_).push_back(std::move(drug));
  }
  if (!problems.empty()) throw InputError(std::move(problems));
  effects_ = DrugEffects::bind(world);
  if (!drugs_.empty()) add_compartments(world);
  add_readouts(readouts);
}

void Pharmacology::add_compartments(World& world) {
  NamedArrays& arrays = world.compartments();
  const auto add = [&](const char* name, const char* unit, const char* long_name,
                       double fill = 0.0) {
    return arrays.add(name, unit, long_name, drugs_.size(), fill);
  };
  handles_ = {.depot = add("drug_depot", "mg", "drug to be absorbed, by course"),
              .central = add("drug_central", "mg", "drug in blood, by course"),
              .peripheral = add("drug_peripheral", "mg", "drug in tissue, by course"),
              .pending = add("drug_pending", "mg", "dose taken, absorption not begun"),
              .next_dose = add("drug_next_dose", "1", "number of the next dose"),
              .dose_fold = add("drug_dose_fold", "1", "adjusted over prescribed dose", 1.0),
              .next_adjustment =
                  add("drug_next_adjustment", "h", "hours since tick 0 of the next adjustment"),
              .trough = add("drug_last_trough", "ng/mL", "level before the last dose"),
              .auc_today = add("drug_auc_today", "ng h/mL", "exposure since the day began"),
              .mean = add("drug_day_mean", "ng/mL", "mean level over the last whole day"),
              .days_below = add("drug_days_below", "d", "time with the trough below the window"),
              .days_above = add("drug_days_above", "d", "time with the trough above the window"),
              .given = add("drug_given", "mg", "doses taken, cumulative"),
              .days_done = arrays.add("drug_days_done", "d", "whole days since tick 0", 1)};
  for (std::size_t i = 0; i < drugs_.size(); ++i) {
    arrays[handles_.next_adjustment][i] =
        drugs_[i].schedule.start_h() + parameters_.adjust_every_d * 24.0;
  }
}

void Pharmacology::add_readouts(ReadoutTable& readouts) const {
  ReadoutDimension targets{.name = "target", .labels = {}, .values = {}, .unit = ""};
  for (const std::string_view target : drug_target_names) targets.labels.emplace_back(target);
  readouts.add(
      {"drug_effect", "1", "block by all drugs together, mean over the last step", {targets}},
      [handles = by_target(effects_)](const World& world, Threads, std::span<double> out) {
        for (std::size_t t = 0; t < handles.size(); ++t) {
          out[t] = world.compartments().scalar(handles[t]);
        }
      });
  if (drugs_.empty()) return;
  ReadoutDimension by_drug{.name = "drug", .labels = {}, .values = {}, .unit = ""};
  std::vector<double> per_mg;
  for (const Drug& drug : drugs_) {
    by_drug.labels.push_back(drug.course.name);
    per_mg.push_back(drug.ng_per_ml(1.0));
  }
  readouts.add(
      {"drug_concentration", "ng/mL", "drug level in blood", {by_drug}},
      [central = handles_.central, per_mg](const World& world, Threads, std::span<double> out) {
        const auto amounts = world.compartments()[central];
        for (std::size_t i = 0; i < out.size(); ++i) out[i] = amounts[i] * per_mg[i];
      });
  const auto add_copy = [&](const char* name, const char* unit, const char* long_name,
                            ArrayHandle handle) {
    readouts.add({name, unit, long_name, {by_drug}},
                 [handle](const World& world, Threads, std::span<double> out) {
                   std::ranges::copy(world.compartments()[handle], out.begin());
                 });
  };
  add_copy("drug_trough", "ng/mL", "drug level before the last dose", handles_.trough);
  add_copy("drug_mean", "ng/mL", "mean drug level over the last whole day", handles_.mean);
  add_copy("drug_dose_given", "mg", "drug taken, cumulative", handles_.given);
  readouts.add({"days_out_of_window",
                "d",
                "time with the trough outside its window",
                {by_drug, {"window", {"below", "above"}, {}, ""}}},
               [below = handles_.days_below, above = handles_.days_above](
                   const World& world, Threads, std::span<double> out) {
                 const auto low = world.compartments()[below];
                 const auto high = world.compartments()[above];
                 for (std::size_t i = 0; i < low.size(); ++i) {
                   out[2 * i] = low[i];
                   out[2 * i + 1] = high[i];
                 }
               });
}

void Pharmacology::begin_tick(World& world, const StepContext& context) {
  const double from_h = static_cast<double>(context.tick) * world.clock().step_h;
  const auto starts_here = [&](double hours) {
    return is_due(from_h, hours) && !is_due(from_h + world.clock().step_h, hours);
  };
  const auto log = [&](const Drug& drug) {
    const auto day = [&](double hours) { return world.clock().start_d + hours / 24.0; };
    const DoseSchedule& schedule = drug.schedule;
    if (starts_here(schedule.start_h())) {
      world.events().push_back({day(schedule.start_h()), "drug", drug.course.name + " starts",
                                schedule.size() > 0 ? schedule.mg(0) : 0.0, "mg"});
    }
    if (starts_here(schedule.stop_h())) {
      world.events().push_back(
          {day(schedule.stop_h()), "drug", drug.course.name + " stops", 0.0, "mg"});
    }
  };
  for (const Drug& drug : drugs_) log(drug);
  for (const Drug& drug : constants_) log(drug);
}

bool Pharmacology::is_taken(const Drug& drug, std::size_t dose, std::uint64_t seed) const noexcept {
  if (!(drug.profile.absorption_per_h > 0.0)) return true;
  // Not keyed by tick: the same dose is missed whatever the step.
  const Stream draws(seed, StreamCode::missed_dose, 0);
  return draws.word(static_cast<std::uint32_t>(dose), drug.number) <
         math::bernoulli_threshold(host_.adherence);
}

// Numbers of doses are kept as real numbers, which a checkpoint may have been given anyhow.
void Pharmacology::require_in_schedule(const World& world) const {
  const NamedArrays& arrays = world.compartments();
  for (std::size_t i = 0; i < drugs_.size(); ++i) {
    const double next = arrays[handles_.next_dose][i];
    const double first = arrays[handles_.pending][i] > 0.0 ? 1.0 : 0.0;  // one was taken
    const auto doses = static_cast<double>(drugs_[i].schedule.size());
    if (next >= first && next <= doses && next == std::floor(next)) continue;
    throw NumericalError("pharmacology", "next dose of " + drugs_[i].course.name, -1, world.tick(),
                         "is number " + shown(next) + " of " + shown(doses));
  }
}

double Pharmacology::steroid_mg_per_d(const World& world, double now_h) const {
  double sum = 0.0;
  for (std::size_t i = 0; i < drugs_.size(); ++i) {
    const Drug& drug = drugs_[i];
    if (!(drug.profile.prednisone_equivalent > 0.0)) continue;
    const double fold = world.compartments()[handles_.dose_fold][i];
    const std::size_t end = drug.schedule.first_after(now_h);
    for (std::size_t dose = drug.schedule.first_after(now_h - 24.0); dose < end; ++dose) {
      if (!is_taken(drug, dose, world.seed())) continue;
      sum += fold * drug.schedule.mg(dose) * drug.profile.prednisone_equivalent;
    }
  }
  return sum;
}

double Pharmacology::next_event_h(const World& world, double now_h) const {
  const NamedArrays& arrays = world.compartments();
  double next = now_h + longest_piece_h;
  const auto consider = [&](double event_h) {
    if (!is_due(event_h, now_h)) next = std::min(next, event_h);
  };
  if (!drugs_.empty()) consider((arrays.scalar(handles_.days_done) + 1.0) * 24.0);
  for (std::size_t i = 0; i < drugs_.size(); ++i) {
    const DoseSchedule& schedule = drugs_[i].schedule;
    const auto dose = static_cast<std::size_t>(arrays[handles_.next_dose][i]);
    if (dose < schedule.size()) consider(schedule.hours(dose));
    if (dose > 0) {
      const double since_h = now_h - schedule.hours(dose - 1) - drugs_[i].profile.lag_h;
      const double piece_h = std::clamp(since_h, shortest_piece_h, longest_piece_h);
      if (since_h > -same_time_h) next = std::min(next, now_h + piece_h);
    }
    if (arrays[handles_.pending][i] > 0.0) {
      consider(schedule.hours(dose - 1) + drugs_[i].profile.lag_h);
    }
    if (drugs_[i].profile.prednisone_equivalent > 0.0) {
      const std::size_t oldest = schedule.first_after(now_h - 24.0);
      if (oldest < schedule.size()) consider(schedule.hours(oldest) + 24.0);
    }
  }
  for (const Drug& drug : constants_) {
    consider(drug.schedule.start_h());
    consider(drug.schedule.stop_h());
  }
  return next;
}

void Pharmacology::adjust_dose(World& world, std::size_t index, double now_h, double day) const {
  NamedArrays& arrays = world.compartments();
  const Drug& drug = drugs_[index];
  double& due_h = arrays[handles_.next_adjustment][index];
  const double target = drug.course.target_trough_ng_per_ml;
  if (!(target > 0.0) || !is_due(due_h, now_h)) return;
  while (is_due(due_h, now_h)) due_h += parameters_.adjust_every_d * 24.0;
  const double trough = arrays[handles_.trough][index];
  if (std::abs(trough - target) <= parameters_.adjust_tolerance * target) return;
  const double most = parameters_.adjust_max_step_fold;
  const double step = trough * most > target ? std::max(target / trough, 1.0 / most) : most;
  double& fold = arrays[handles_.dose_fold][index];
  const double wanted =
      std::clamp(fold * step, parameters_.adjust_lowest_fold, parameters_.adjust_highest_fold);
  if (wanted == fold) return;
  fold = wanted;
  const auto dose = static_cast<std::size_t>(arrays[handles_.next_dose][index]);
  world.events().push_back(
      {day, "drug", drug.course.name + " dose adjusted", drug.schedule.mg(dose) * fold, "mg"});
}

void Pharmacology::take_dose(World& world, std::size_t index, double now_h, double day) const {
  NamedArrays& arrays = world.compartments();
  const Drug& drug = drugs_[index];
  double& next = arrays[handles_.next_dose][index];
  const auto dose = static_cast<std::size_t>(next);
  if (dose > 0) {
    arrays[handles_.trough][index] = drug.ng_per_ml(arrays[handles_.central][index]);
    adjust_dose(world, index, now_h, day);
  }
  next += 1.0;
  if (!is_taken(drug, dose, world.seed())) return;
  const double mg = drug.schedule.mg(dose) * arrays[handles_.dose_fold][index];
  arrays[handles_.given][index] += mg;
  const bool by_mouth = drug.profile.absorption_per_h > 0.0;
  const ArrayHandle into = !by_mouth                  ? handles_.central
                           : drug.profile.lag_h > 0.0 ? handles_.pending
                                                      : handles_.depot;
  arrays[into][index] += mg * drug.profile.bioavailability;
}

void Pharmacology::apply_events(World& world, double now_h, double day) const {
  if (drugs_.empty()) return;
  NamedArrays& arrays = world.compartments();
  for (std::size_t i = 0; i < drugs_.size(); ++i) {
    const DoseSchedule& schedule = drugs_[i].schedule;
    double& next = arrays[handles_.next_dose][i];
    double& pending = arrays[handles_.pending][i];
    if (pending > 0.0 &&
        is_due(schedule.hours(static_cast<std::size_t>(next) - 1) + drugs_[i].profile.lag_h,
               now_h)) {
      arrays[handles_.depot][i] += pending;
      pending = 0.0;
    }
    while (next < static_cast<double>(schedule.size()) &&
           is_due(schedule.hours(static_cast<std::size_t>(next)), now_h)) {
      take_dose(world, i, now_h, day);
    }
  }
}

Pharmacology::Moment Pharmacology::moment(const World& world, double now_h) const {
  const NamedArrays& arrays = world.compartments();
  const bool steroid = steroid_mg_per_d(world, now_h) > parameters_.steroid_threshold_mg_per_d;
  Moment result;
  for (std::size_t i = 0; i < drugs_.size(); ++i) {
    result.amounts.push_back(
        {arrays[handles_.depot][i], arrays[handles_.central][i], arrays[handles_.peripheral][i]});
    result.rates.push_back(drugs_[i].rates);
    if (steroid) result.rates.back().elimination_per_h *= drugs_[i].profile.steroid_fold;
  }
  return result;
}

void Pharmacology::add_effects(const Moment& from, double now_h, double hours,
                               Targets& integral) const {
  Targets constant_pass;
  constant_pass.fill(1.0);
  for (const Drug& drug : constants_) {
    if (!is_due(drug.schedule.start_h(), now_h) || is_due(drug.schedule.stop_h(), now_h)) continue;
    const Targets effects = drug.course.constant_effects();
    for (std::size_t t = 0; t < effects.size(); ++t) constant_pass[t] *= 1.0 - effects[t];
  }
  for (std::size_t node = 0; node < nodes.size(); ++node) {
    Targets pass = constant_pass;
    for (std::size_t i = 0; i < drugs_.size(); ++i) {
      if (!(from.amounts[i].total() > 0.0)) continue;
      const Drug& drug = drugs_[i];
      const double level =
          drug.ng_per_ml(propagate(from.rates[i], from.amounts[i], nodes[node] * hours).central);
      for (std::size_t t = 0; t < pass.size(); ++t) {
        if (!(drug.ec50[t] > 0.0)) continue;
        pass[t] *=
            1.0 - drug.profile.max_effect * math::hill(level, drug.ec50[t], drug.profile.hill);
      }
    }
    for (std::size_t t = 0; t < pass.size(); ++t) {
      integral[t] += weights[node] * hours * (1.0 - pass[t]);
    }
  }
}

void Pharmacology::advance(World& world, const Moment& from, double hours) const {
  NamedArrays& arrays = world.compartments();
  for (std::size_t i = 0; i < drugs_.size(); ++i) {
    const DrugAmounts after = propagate(from.rates[i], from.amounts[i], hours);
    arrays[handles_.depot][i] = after.depot;
    arrays[handles_.central][i] = after.central;
    arrays[handles_.peripheral][i] = after.peripheral;
    // What has left went through clearance, which gives the exposure exactly.
    const double lost = std::max(0.0, from.amounts[i].total() - after.total());
    arrays[handles_.auc_today][i] += drugs_[i].ng_per_ml(lost) / from.rates[i].elimination_per_h;
    const double doses = arrays[handles_.next_dose][i];
    if (doses < 2.0 || doses >= static_cast<double>(drugs_[i].schedule.size())) continue;
    const double trough = arrays[handles_.trough][i];
    const DrugCourse& course = drugs_[i].course;
    if (trough < course.window_low_ng_per_ml) arrays[handles_.days_below][i] += hours / 24.0;
    if (course.window_high_ng_per_ml > 0.0 && trough > course.window_high_ng_per_ml) {
      arrays[handles_.days_above][i] += hours / 24.0;
    }
  }
}

void Pharmacology::close_day(World& world, double now_h) const {
  if (drugs_.empty()) return;
  NamedArrays& arrays = world.compartments();
  double& days_done = arrays.scalar(handles_.days_done);
  if (!is_due((days_done + 1.0) * 24.0, now_h)) return;
  days_done += 1.0;
  for (std::size_t i = 0; i < drugs_.size(); ++i) {
    arrays[handles_.mean][i] = arrays[handles_.auc_today][i] / 24.0;
    arrays[handles_.auc_today][i] = 0.0;
  }
}

void Pharmacology::step(World& world, const StepContext& context) {
  const double step_h = world.clock().step_h;
  double now_h = static_cast<double>(context.tick) * step_h;
  const double end_h = static_cast<double>(context.tick + context.period) * step_h;
  const double length_h = end_h - now_h;
  require_in_schedule(world);
  Targets integral{};
  while (!is_due(end_h, now_h)) {
    apply_events(world, now_h, world.clock().start_d + now_h / 24.0);
    const double next_h = std::min(end_h, next_event_h(world, now_h));
    const Moment from = moment(world, now_h);
    add_effects(from, now_h, next_h - now_h, integral);
    if (!drugs_.empty()) advance(world, from, next_h - now_h);
    now_h = next_h;
    close_day(world, now_h);
  }
  const auto handles = by_target(effects_);
  for (std::size_t t = 0; t < handles.size(); ++t) {
    world.compartments().scalar(handles[t]) = integral[t] / length_h;
  }
}

}  // namespace neurograft

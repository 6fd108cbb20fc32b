#pragma once

#include <vector>

#include <neurograft/io/hdf5_file.hpp>
#include <neurograft/io/provenance.hpp>

/// Provenance in a results file.
namespace neurograft {

/// Root attributes (Conventions, title, source, history, complete = 0, results_version) and
/// `/provenance`, with the start of the run now.
void write_provenance(Hdf5File& file, const Provenance& provenance);

/// Adds a line to `/provenance/resumes` and to the history.
void write_resume(Hdf5File& file, const Provenance& provenance, double day);

/// Updates the end of the run (now), its wall time [s] over all its parts and the peak memory of
/// this program [byte].
void write_end(Hdf5File& file, double wall_s);

/// Wall time [s] recorded so far.
double recorded_wall_s(const Hdf5File& file);

/// Writes the time that each process took in this program to `/provenance/costs`.
void write_costs(Hdf5File& file, const std::vector<ProcessCost>& costs);

}  // namespace neurograft

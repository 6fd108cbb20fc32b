#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <neurograft/io/results_file.hpp>

/// Results in the forms of other tools. Each function writes files into a folder, made if it is
/// missing, replaces those of the same names, and returns what it wrote. All throw IoError.
namespace neurograft {

using Paths = std::vector<std::filesystem::path>;

/// `series.csv`, one row per record, readout and part: day, readout, part, value, unit, where
/// `part` joins labels by `/`; `events.csv`; and `agents.csv` if there are agents, with names for
/// kind and state.
Paths export_csv(const ResultsFile& file, const std::filesystem::path& folder);

/// The rows of `series.csv` with their header.
std::string series_csv(const ResultsFile& file);

/// `label.nii.gz`; a 4-D image for each recorded field, 0 outside tissue; `donor_density.nii.gz`
/// and `immune_density.nii.gz` [cell/mm3] if there are agents; `frames.csv`, the day of each frame.
/// All have the affine of the input image, and its widths of voxels; a density is per mm3 of the
/// brain as it was simulated, which may have been scaled.
Paths export_nifti(const ResultsFile& file, const std::filesystem::path& folder);

/// `fields.pvd` with a `.vti` for each frame of fields, `agents.pvd` with a `.vtp` for each frame
/// of agents. Coordinates are millimetres from the low corner of the grid, times are days.
Paths export_vtk(const ResultsFile& file, const std::filesystem::path& folder);

}  // namespace neurograft

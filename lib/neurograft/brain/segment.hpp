#pragma once

#include <string>
#include <vector>

#include <neurograft/world/image.hpp>

/// From a T1-weighted image to a label map, by brightness and geometry alone.
///
/// The brain is what is not 0, less thin residues of skull stripping (opening). Three Gaussian
/// classes are fitted to its brightness; the cuts lie half way between their means. The ventricles
/// are the dark voxels in the regions that a parcellation calls ventricle, grown a short way
/// through dark voxels, so that they cannot run far into the cisterns, and joined along the darkest
/// path (foramina, aqueduct, temporal horns). A voxel between ventricle and white matter holds some
/// of both and looks grey: such a rim is given back to white matter where the tissue behind it is.
///
/// Limits: no correction of uneven brightness; lesions that are dark in T1 come out as grey matter.
namespace neurograft {

/// Choices of the method; the defaults were set on the image of `colin27` (assumed elsewhere).
struct SegmentSettings {
  double opening_mm = 2.0;   ///< what is thinner than twice this, outside, is residue [mm]
  double growth_mm = 2.0;    ///< reach of the ventricles beyond the parcellation [mm]
  double rim_mm = 2.0;       ///< depth to which grey at the ventricle is doubted [mm]
  double behind_mm = 4.0;    ///< radius in which the tissue behind the rim is sought [mm]
  double island_mm3 = 50.0;  ///< smaller islands of CSF are not kept [mm3]
};

/// Labels of lateral, third and fourth ventricle in the `jhu189` parcellation.
std::vector<int> jhu189_ventricles();

/// Segments `t1` (skull removed, 0 outside) with the help of `parcellation`, whose voxels of a
/// value in `ventricle_labels` are ventricle; it may have another grid and is placed by its affine.
/// Throws InputError if the image has no brain, not three tissue classes, or no dark voxel in the
/// ventricle regions; `source` names the image in messages and in the map.
LabelMap segment(const Image& t1, const Image& parcellation,
                 const std::vector<int>& ventricle_labels, const std::string& source,
                 const SegmentSettings& settings = {});

}  // namespace neurograft

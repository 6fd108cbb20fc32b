set(report_sources
  export_csv.cpp
  export_nifti.cpp
  export_vtk.cpp
  svg_plot.cpp)

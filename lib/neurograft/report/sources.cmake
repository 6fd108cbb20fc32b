set(report_sources
  svg_plot.cpp)

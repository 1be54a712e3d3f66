// What the data threads count, as velourfog_... metrics.
#pragma once

#include <memory>
#include <vector>

#include "base/os/metrics.h"
#include "node/data/data_plane.h"
#include "node/data_thread.h"

namespace vf {

void WriteDataMetrics(const std::vector<std::unique_ptr<DataThread>>& threads,
                      const DataPlane& plane, MetricsWriter& writer);

}  // namespace vf

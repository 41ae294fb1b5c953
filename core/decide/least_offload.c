/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/decide/least_offload.h"

#include "core/base/array.h"
#include "core/decide/assess.h"
#include "core/training/settings.h"

void dsfit_least_offload(const struct dsfit_site *site, const struct dsfit_request *request,
			 struct dsfit_workload *workload)
{
	static const char *const offloads[] = { "none", "optimizer:cpu",
						"optimizer:cpu,param:cpu", "nvme", };
	struct dsfit_workload most = *workload;
	struct dsfit_assessment assessment;
	struct dsfit_accounts accounts;

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(offloads); i++) {
		struct dsfit_workload w = *workload;

		/* Not every stage and engine offloads. */
		if (dsfit_training_set(&w.training, "offload", offloads[i], NULL) ||
		    dsfit_training_settle(&w.training, w.model.parameters, NULL))
			continue;
		dsfit_accounts_begin(&accounts, site, &w);
		dsfit_assess_among(&accounts, request, NULL, 0, &assessment);
		dsfit_accounts_end(&accounts);
		if (assessment.overall != DSFIT_EXCEEDS) {
			*workload = w;
			return;
		}
		if (w.training.offload_optimizer != DSFIT_OFFLOAD_NVME)
			most = w;
	}
	*workload = most;
}

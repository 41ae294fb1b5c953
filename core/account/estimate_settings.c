/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The defaults of the estimate's settings, each with its source. */
#include "core/account/estimate_settings.h"

#include "core/base/size.h"

void dsfit_estimate_defaults(struct dsfit_estimate_settings *out)
{
	*out = (struct dsfit_estimate_settings){
		/* The median of what one process on one A100 shows above its tensors and their
		 * slack, in the half of the published peaks whose ids hash even. doc/accuracy.md
		 * has the errors of the other half too. */
		.context = 1800 * DSFIT_MIB,
		/* Published NCCL settings: 0.3 to 1 GiB. */
		.nccl = 700 * DSFIT_MIB,
		/* The allocator replayed over traced steps: 5 to 7 % without ZeRO, 12 to 19 % with
		 * it, because its large flat buffers leave holes. */
		.slack = 0.05,
		.slack_zero = 0.12,
		/* What the published peaks of FSDP on one A100 have reserved and not allocated,
		 * at the median of the 17 in measured-2.csv whose ids hash even. FSDP's streams
		 * do not share blocks. */
		.slack_fsdp = 0.23,
		/* What releases of the libraries differ by (older ones: one more fp32 copy of the
		 * logits, stage 3's lasting reduce bucket) and what the allocator may hold. */
		.exact = { .below = 0.15, .above = 0.12, .below_fused = 0.1 },
		/* Nine in ten published peaks are within it. */
		.assumed = { .below = 0.2, .above = 0.15, .below_fused = 0.1 },
		/* Four in five counts that are estimates are within a quarter of transformers' own,
		 * of 75 drawn classes that this said of; to that comes what exact ones have. */
		.estimated = { .below = 0.4, .above = 0.4, .below_fused = 0.35 },
		/* The users of FSDP often have models of their own. On a card that is nearly full
		 * the allocator returns what it does not use: below is without half the slack. */
		.fsdp = { .below = 0.25, .above = 0.15, .below_fused = 0.22 },
		/* A process with PyTorch, CUDA's libraries and a data loader: from what an idle one
		 * has resident to one with workers of its own. */
		.process_low = DSFIT_GIB,
		.process = 5 * DSFIT_GIB / 2,
		.process_high = 4 * DSFIT_GIB,
		/* What published runs of this kind report. */
		.utilisation = 0.4,
		.utilisation_low = 0.3,
		.network_wait = 0.5,
	};
}

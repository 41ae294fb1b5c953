/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/account/account.h"

#include <string.h>

#include "core/account/pictures.h"
#include "core/account/rank.h"
#include "core/model/adapters.h"
#include "core/model/family.h"

void dsfit_account(const struct dsfit_model *model, const struct dsfit_families *families,
		   const struct dsfit_training *training, const struct dsfit_layout *layout,
		   const struct dsfit_estimate_settings *settings, struct dsfit_account *out)
{
	struct dsfit_training settled = *training;
	struct dsfit_rank rank;

	memset(out, 0, sizeof(*out));
	/* Batch sizes that do not agree stay as they are: dsfit_layout_check() refuses them. */
	dsfit_training_on_ranks(training, dsfit_data_parallel_ranks(training, layout), &settled,
				NULL);
	dsfit_rank_count(model, &settled, layout, &rank);
	rank.settings = settings;
	rank.footprint = dsfit_families_footprint(families, model, &rank.nearest_family);
	rank.tower = settled.images ? dsfit_families_tower(families, model) : NULL;
	rank.reached = dsfit_pictures_reached(&rank);
	/* Nobody has said which layers the model has. */
	if (rank.footprint->kinds && model->layers.count != model->shape.layers)
		rank.nearest_family = true;
	out->nearest_family = rank.nearest_family;
	out->ranks = rank.ranks;
	out->micro_batch = settled.micro_batch;
	out->accumulation = settled.accumulation;
	out->trainable = dsfit_trainable(model, training);
	dsfit_gpu_account(&rank, &out->gpu);
	dsfit_host_account(&rank, &out->host);
	dsfit_nvme_account(&rank, &out->nvme);
	dsfit_storage_account(&rank, out->trainable, &out->storage);
	dsfit_network_account(&rank, &out->network);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/account/storage.h"

#include "core/account/rank.h"
#include "core/base/size.h"
#include "core/guide/tables.h"

/* Bytes of the file that the model is loaded from, at 16 bits per parameter. */
#define LOADED_WIDTH 2

void dsfit_storage_account(const struct dsfit_rank *rank, uint64_t trainable,
			   struct dsfit_storage_account *out)
{
	double width = (double)(rank->width.weight + rank->width.master) + rank->width.states;
	uint64_t parameters = rank->model->parameters, kept;

	out->checkpoint = dsfit_scale(trainable, width);
	out->low = dsfit_add(dsfit_mul(parameters, LOADED_WIDTH), out->checkpoint);
	out->low = dsfit_add(out->low, rank->training->dataset);
	/* That a job lives to save more than one checkpoint is not certain. */
	kept = dsfit_mul(out->checkpoint, dsfit_sub(rank->training->save_total_limit, 1));
	kept = dsfit_add(out->low, kept);
	out->total = dsfit_max(kept, dsfit_guide_storage(parameters)->figure);
	/* A new checkpoint is written before an old one is deleted (rotate_checkpoints() of
	 * transformers, after the save). */
	out->high = dsfit_max(out->total, dsfit_add(kept, out->checkpoint));
}

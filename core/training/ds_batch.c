/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The batch in a DeepSpeed file: train_batch_size = micro-batch x accumulation x ranks. */
#include "core/training/ds_batch.h"

/* Batch sizes are not in a pydantic model: a string or true ends in a TypeError, or worse. */
static int read_batch_size(const struct dsfit_ds_section *s, const char *key, uint64_t *out)
{
	struct json_object *value;

	if (!dsfit_ds_find(s, key, &value) || !value)
		return 0;
	if (json_object_is_type(value, json_type_string) ||
	    json_object_is_type(value, json_type_boolean))
		return dsfit_ds_refuse(s, key, value, "a whole number from 1 to 1000000000");
	return dsfit_ds_whole(s, key, 1, DSFIT_BATCH_MAX, out);
}

/*
 * Elastic training, which DeepSpeed had before 0.19, picks the batch itself from the listed
 * micro-batches. The smallest of them is enough for a job to run. Returns 1 if it is enabled.
 */
static int read_elasticity(const struct dsfit_ds_section *root, struct dsfit_training *t)
{
	struct json_object *list = NULL;
	struct dsfit_ds_section s;
	uint64_t size, smallest = 0;
	bool on = false;

	if (dsfit_ds_open(root, "elasticity", true, &s) < 0 ||
	    dsfit_ds_flag(&s, "enabled", &on) < 0)
		return -1;
	if (!on)
		return 0;
	dsfit_ds_find(&s, "micro_batch_sizes", &list);
	for (size_t i = 0; json_object_is_type(list, json_type_array) &&
			   i < json_object_array_length(list); i++) {
		struct json_object *item = json_object_array_get_idx(list, i);

		if (!dsfit_ds_is_whole(item, &size) || !size || size > DSFIT_BATCH_MAX)
			return dsfit_ds_refuse(&s, "micro_batch_sizes", item,
					       "a whole number of at least 1");
		smallest = !smallest || size < smallest ? size : smallest;
	}
	if (smallest)
		t->micro_batch = smallest;
	return 1;
}

/* Check that some number of ranks, times what is not given, makes the batch. */
static int check_batch_in_file(const struct dsfit_ds_section *root, const struct dsfit_training *t)
{
	unsigned long long batch = t->train_batch;
	unsigned long long micro = t->micro_batch_given ? t->micro_batch : 1;
	unsigned long long accumulation = t->accumulation_given ? t->accumulation : 1;

	if (batch % (micro * accumulation) == 0)
		return 0;
	if (!t->accumulation_given)
		return dsfit_fail(root->err, "\"train_batch_size\": %llu is not a multiple of "
				  "micro-batch %llu", batch, micro);
	if (!t->micro_batch_given)
		return dsfit_fail(root->err, "\"train_batch_size\": %llu is not a multiple of "
				  "accumulation %llu", batch, accumulation);
	return dsfit_fail(root->err, "\"train_batch_size\": %llu is not a multiple of micro-batch "
			  "%llu x accumulation %llu = %llu", batch, micro, accumulation,
			  micro * accumulation);
}

int dsfit_ds_batch(const struct dsfit_ds_section *root, struct dsfit_training *t)
{
	const char *const key = "train_micro_batch_size_per_gpu";
	int micro, accumulation, elastic;

	t->train_batch = 0;
	micro = read_batch_size(root, key, &t->micro_batch);
	accumulation = read_batch_size(root, "gradient_accumulation_steps", &t->accumulation);
	if (micro < 0 || accumulation < 0 ||
	    read_batch_size(root, "train_batch_size", &t->train_batch) < 0)
		return -1;
	t->micro_batch_given = micro;
	t->accumulation_given = accumulation;
	t->micro_batch_auto = dsfit_ds_is_auto(root, key);
	t->batch_declared = micro || t->train_batch;
	elastic = read_elasticity(root, t);
	if (elastic) {
		t->train_batch = 0;
		return elastic < 0 ? -1 : 0;
	}
	return check_batch_in_file(root, t);
}

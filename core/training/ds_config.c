/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A DeepSpeed JSON file, read as DeepSpeed 0.19.8 reads it (runtime/config.py). The file decides
 * most of a training's memory, so whatever costs memory is read. Whatever DeepSpeed would stop at
 * is reported, so that a job fails at submission and not hours later on its nodes:
 *
 *     ds.json -- hjson --> sections -+-> ds_strict.c     keys at which DeepSpeed stops
 *                                    +-> ds_batch.c      batch and accumulation
 *                                    +-> ds_precision.c  fp16, bf16, types
 *                                    +-> optimizer       below, as all the rest
 *                                    +-> ds_zero.c       zero_optimization
 *                                    +-> activation_checkpointing, parallel degrees, aio, ...
 *
 * How values are written is the business of ds_values.c. Keys that these files do not read are left
 * to DeepSpeed.
 */
#include "core/training/ds_config.h"

#include <string.h>
#include <strings.h>

#include "core/base/array.h"
#include "core/training/ds_batch.h"
#include "core/training/ds_precision.h"
#include "core/training/ds_values.h"
#include "core/training/ds_zero.h"

/*
 * The names that DeepSpeed, PyTorch, bitsandbytes and Hugging Face have for optimizers that keep
 * the same memory: two moments, one, none. Underscores and hyphens do not count. A type that is
 * not listed is the user's own, and treated as if it kept Adam's states.
 */
static const struct {
	const char *type;
	enum dsfit_optimizer optimizer;
} optimizer_types[] = {
	{ "adam", DSFIT_OPTIMIZER_ADAMW }, { "adamw", DSFIT_OPTIMIZER_ADAMW },
	{ "fusedadam", DSFIT_OPTIMIZER_ADAMW }, { "deepspeedcpuadam", DSFIT_OPTIMIZER_ADAMW },
	{ "cpuadam", DSFIT_OPTIMIZER_ADAMW }, { "lamb", DSFIT_OPTIMIZER_ADAMW },
	{ "fusedlamb", DSFIT_OPTIMIZER_ADAMW }, { "onebitadam", DSFIT_OPTIMIZER_ADAMW },
	{ "onebitlamb", DSFIT_OPTIMIZER_ADAMW }, { "zerooneadam", DSFIT_OPTIMIZER_ADAMW },
	{ "muadam", DSFIT_OPTIMIZER_ADAMW }, { "muadamw", DSFIT_OPTIMIZER_ADAMW },
	{ "nadam", DSFIT_OPTIMIZER_ADAMW }, { "radam", DSFIT_OPTIMIZER_ADAMW },
	{ "adamax", DSFIT_OPTIMIZER_ADAMW }, { "adadelta", DSFIT_OPTIMIZER_ADAMW },
	{ "adamwtorch", DSFIT_OPTIMIZER_ADAMW }, { "adamwtorchfused", DSFIT_OPTIMIZER_ADAMW },
	{ "pagedadamw", DSFIT_OPTIMIZER_ADAMW }, { "pagedadamw32bit", DSFIT_OPTIMIZER_ADAMW },
	{ "adam8bit", DSFIT_OPTIMIZER_ADAM8BIT }, { "adamw8bit", DSFIT_OPTIMIZER_ADAM8BIT },
	{ "adamwbnb8bit", DSFIT_OPTIMIZER_ADAM8BIT },
	{ "pagedadam8bit", DSFIT_OPTIMIZER_PAGED_ADAM8BIT },
	{ "pagedadamw8bit", DSFIT_OPTIMIZER_PAGED_ADAM8BIT },
	{ "lion", DSFIT_OPTIMIZER_LION }, { "fusedlion", DSFIT_OPTIMIZER_LION },
	{ "deepspeedcpulion", DSFIT_OPTIMIZER_LION }, { "cpulion", DSFIT_OPTIMIZER_LION },
	{ "adagrad", DSFIT_OPTIMIZER_LION }, { "cpuadagrad", DSFIT_OPTIMIZER_LION },
	{ "deepspeedcpuadagrad", DSFIT_OPTIMIZER_LION }, { "rmsprop", DSFIT_OPTIMIZER_LION },
	{ "sgd", DSFIT_OPTIMIZER_SGD }, { "musgd", DSFIT_OPTIMIZER_SGD },
	{ "adafactor", DSFIT_OPTIMIZER_ADAFACTOR }, { "muon", DSFIT_OPTIMIZER_MUON },
};

static int read_optimizer(const struct dsfit_ds_section *root, struct dsfit_training *t)
{
	struct dsfit_ds_section s, params;
	const char *type = NULL;
	char name[32] = "";
	size_t length = 0;

	t->optimizer_in_file = false;
	if (dsfit_ds_open(root, "optimizer", false, &s) < 0 ||
	    dsfit_ds_string(&s, "type", &type) < 0 ||
	    (s.object && dsfit_ds_open(&s, "params", true, &params) < 0))
		return -1;
	for (; type && *type && length + 1 < sizeof(name); type++)
		if (*type != '_' && *type != '-')
			name[length++] = *type;
	if (name[0])
		t->optimizer = DSFIT_OPTIMIZER_ADAMW;
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(optimizer_types); i++)
		if (!strcasecmp(optimizer_types[i].type, name)) {
			t->optimizer = optimizer_types[i].optimizer;
			t->optimizer_in_file = true;
		}
	return 0;
}

/* activation_checkpointing says how Megatron's models checkpoint, not whether a model does. */
static int read_activations(const struct dsfit_ds_section *root, struct dsfit_training *t)
{
	struct dsfit_ds_section s;
	bool ignored;

	if (dsfit_ds_open(root, "activation_checkpointing", false, &s) < 0 ||
	    dsfit_ds_flag_or_null(&s, "partition_activations", &t->partition_activations) < 0 ||
	    dsfit_ds_flag_or_null(&s, "cpu_checkpointing", &t->cpu_checkpointing) < 0 ||
	    dsfit_ds_flag_or_null(&s, "contiguous_memory_optimization", &ignored) < 0 ||
	    dsfit_ds_flag_or_null(&s, "synchronize_checkpoint_boundary", &ignored) < 0 ||
	    dsfit_ds_flag_or_null(&s, "profile", &ignored) < 0)
		return -1;
	return 0;
}

/* tensor_parallel.autotp_size, which 0 switches off. The size inside must agree with it. */
static int read_tensor(const struct dsfit_ds_section *root, struct dsfit_training *t)
{
	struct dsfit_ds_section s, inner;
	uint64_t size = 0, same = 1;
	int got;

	if (dsfit_ds_open(root, "tensor_parallel", false, &s) < 0)
		return -1;
	if (!s.object)
		return 0;
	got = dsfit_ds_whole(&s, "autotp_size", 0, DSFIT_DEGREE_MAX, &size);
	if (got < 0 || dsfit_ds_open(&s, "tp", false, &inner) < 0 ||
	    (!inner.object && dsfit_ds_open(&s, "tensor_parallel", false, &inner) < 0) ||
	    dsfit_ds_whole(&inner, "tp_size", 1, DSFIT_DEGREE_MAX, &same) < 0)
		return -1;
	if (size > 1 && same != 1 && same != size)
		return dsfit_fail(s.err, "\"%stp_size\": %llu: must be the same as autotp_size, "
				  "which is %llu", inner.path, (unsigned long long)same,
				  (unsigned long long)size);
	if (got)
		t->tensor = size ? size : 1;
	return 0;
}

static int read_parallel(const struct dsfit_ds_section *root, struct dsfit_training *t)
{
	struct dsfit_ds_section s;
	uint64_t experts = 1;
	bool on = false;

	if (read_tensor(root, t) ||
	    dsfit_ds_whole(root, "sequence_parallel_size", 1, DSFIT_DEGREE_MAX,
			   &t->sequence_parallel) < 0 ||
	    dsfit_ds_open(root, "pipeline", false, &s) < 0 ||
	    dsfit_ds_open(root, "expert_parallel", true, &s) < 0 ||
	    dsfit_ds_flag(&s, "enabled", &on) < 0 ||
	    dsfit_ds_whole(&s, "autoep_size", 1, DSFIT_DEGREE_MAX, &experts) < 0)
		return -1;
	if (on)
		t->expert = experts;
	return 0;
}

static int check_others(const struct dsfit_ds_section *root)
{
	static const char *const aio_counts[] = { "block_size", "queue_depth", "thread_count",
						  "intra_op_parallelism", NULL };
	static const char *const aio_flags[] = { "single_submit", "overlap_events", "use_gds",
						 NULL };
	static const char *const hybrid_flags[] = { "enabled", NULL };
	struct dsfit_ds_section s;
	bool ignored;

	if (dsfit_ds_open(root, "aio", true, &s) < 0 || dsfit_ds_check_counts(&s, aio_counts) ||
	    dsfit_ds_check_flags(&s, aio_flags) ||
	    dsfit_ds_open(root, "hybrid_engine", false, &s) < 0 ||
	    dsfit_ds_check_flags(&s, hybrid_flags) ||
	    dsfit_ds_flag_or_null(root, "zero_allow_untested_optimizer", &ignored) < 0 ||
	    dsfit_ds_flag_or_null(root, "zero_force_ds_cpu_optimizer", &ignored) < 0)
		return -1;
	return 0;
}

/* Mistakes at the top of the file that DeepSpeed would not notice: the file is something else, or a
 * misspelt zero_optimization means no ZeRO. */
static int check_file(const struct dsfit_ds_section *root)
{
	static const char *const known[] = { "zero_optimization", NULL };

	if (json_object_object_get_ex(root->object, "architectures", NULL) &&
	    json_object_object_get_ex(root->object, "model_type", NULL))
		return dsfit_fail(root->err, "this is a model's config.json, not a DeepSpeed file");
	return dsfit_ds_check_keys(root, known);
}

int dsfit_training_read_object(struct json_object *object, struct dsfit_training *training,
			       struct dsfit_ds_stops *stops, struct dsfit_error *err)
{
	struct dsfit_ds_section root = { .object = object, .err = err };
	struct dsfit_training t = *training;
	struct dsfit_ds_stops ignored;

	if (!stops)
		stops = &ignored;
	*stops = (struct dsfit_ds_stops){ .unknown.count = 0 };
	if (check_file(&root) || dsfit_ds_strict(&root, stops) || dsfit_ds_batch(&root, &t) ||
	    dsfit_ds_precision(&root, &t) || read_optimizer(&root, &t) ||
	    dsfit_ds_zero(&root, &t) || read_activations(&root, &t) ||
	    read_parallel(&root, &t) || check_others(&root))
		return -1;
	*training = t;
	return 0;
}

int dsfit_training_read(const char *path, struct dsfit_training *training,
			struct dsfit_ds_stops *stops, struct dsfit_error *err)
{
	struct json_object *object = dsfit_hjson_read(path, err);
	struct dsfit_error why = { "" };
	int rc;

	if (!object)
		return -1;
	rc = dsfit_training_read_object(object, training, stops, &why);
	json_object_put(object);
	return rc ? dsfit_fail(err, "%.200s: %.300s", path, why.text) : 0;
}

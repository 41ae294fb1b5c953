/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two estimators that dsfit shows next to its own estimate: DeepSpeed's, against the outputs of
 * DeepSpeed's own functions (tests/data/deepspeed-estimator.csv), and the hardware guide's.
 */
#include "core/account/estimators.h"

#include "core/base/size.h"
#include "tests/unit/words.h"

enum { ESTIMATOR, PARAMETERS, LARGEST, GPUS, NODES, OFFLOAD, PARAMS_TOO, ZERO_INIT, FACTOR, CPU,
       GPU, LARGEST_BYTES, COLUMNS };

static void check_row(char *const *column, int row)
{
	struct dsfit_deepspeed_estimate e = { 0, 0, 0 };
	uint64_t parameters = strtoull(column[PARAMETERS], NULL, 10);
	uint64_t gpus = strtoull(column[GPUS], NULL, 10);
	uint64_t nodes = strtoull(column[NODES], NULL, 10);
	double factor = strtod(column[FACTOR], NULL);
	bool offload = strcmp(column[OFFLOAD], "none");

	if (!strcmp(column[ESTIMATOR], "zero2")) {
		dsfit_deepspeed_zero2(parameters, gpus, nodes, offload, factor, &e);
	} else {
		ck_assert_str_eq(column[ESTIMATOR], "zero3");
		dsfit_deepspeed_zero3(parameters, strtoull(column[LARGEST], NULL, 10), gpus, nodes,
				      offload, !strcmp(column[PARAMS_TOO], "True"),
				      !strcmp(column[ZERO_INIT], "True"), factor, &e);
		ck_assert_msg(e.largest_layer == strtoull(column[LARGEST_BYTES], NULL, 10),
			      "row %d: largest layer %llu", row,
			      (unsigned long long)e.largest_layer);
	}
	ck_assert_msg(e.gpu == strtoull(column[GPU], NULL, 10), "row %d: gpu %llu, not %s", row,
		      (unsigned long long)e.gpu, column[GPU]);
	ck_assert_msg(e.cpu == strtoull(column[CPU], NULL, 10), "row %d: cpu %llu, not %s", row,
		      (unsigned long long)e.cpu, column[CPU]);
}

/* Check the same row through a user's options, which can set every input of the estimator. */
static void check_options(char *const *column, const struct dsfit_site *site, int row)
{
	bool zero3 = !strcmp(column[ESTIMATOR], "zero3");
	const struct dsfit_layout layout = {
		.nodes = strtoull(column[NODES], NULL, 10),
		.gpus_per_node = strtoull(column[GPUS], NULL, 10),
		.gpus = layout.nodes * layout.gpus_per_node,
	};
	struct dsfit_declaration declaration = { .prefix = "--" };
	struct dsfit_estimates e;
	struct dsfit_workload w;
	struct dsfit_error err;

	declaration.value[DSFIT_OPTION_PARAMS] = column[PARAMETERS];
	declaration.value[DSFIT_OPTION_ZERO] = zero3 ? "3" : "2";
	declaration.value[DSFIT_OPTION_BUFFER_FACTOR] = column[FACTOR];
	if (strcmp(column[OFFLOAD], "none"))
		declaration.value[DSFIT_OPTION_OFFLOAD] = "optimizer:cpu";
	if (!strcmp(column[PARAMS_TOO], "True"))
		declaration.value[DSFIT_OPTION_OFFLOAD] = "optimizer:cpu,param:cpu";
	if (zero3)
		declaration.value[DSFIT_OPTION_LARGEST_LAYER] = column[LARGEST];
	if (!strcmp(column[ZERO_INIT], "False"))
		declaration.value[DSFIT_OPTION_NO_ZERO_INIT] = "true";
	ck_assert_msg(!dsfit_declaration_resolve(&declaration, &site->models, &site->defaults, &w,
						 &err), "row %d: %s", row, err.text);
	dsfit_estimate(&w.model, &w.training, &layout, &e);
	ck_assert_msg(e.has_deepspeed && e.deepspeed.gpu == strtoull(column[GPU], NULL, 10) &&
		      e.deepspeed.cpu == strtoull(column[CPU], NULL, 10),
		      "row %d by options: gpu %llu, cpu %llu", row,
		      (unsigned long long)e.deepspeed.gpu, (unsigned long long)e.deepspeed.cpu);
}

/* Every output is exactly that of DeepSpeed's own functions. */
START_TEST(deepspeed_to_the_byte)
{
	struct dsfit_site *site = unit_site();
	FILE *csv = fopen(TEST_DATA "/deepspeed-estimator.csv", "r");
	char line[512];
	int rows = 0;

	ck_assert_ptr_nonnull(csv);
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), csv));
	unit_assert_begins(line, "estimator,total_params,largest_layer_params,gpus_per_node,nodes,"
			   "offload,cpu_offload_params,zero_init,additional_buffer_factor,"
			   "cpu_mem_bytes,gpu_mem_bytes,largest_layer_memory_bytes");
	for (; fgets(line, sizeof(line), csv); rows++) {
		char *column[COLUMNS], *rest = line;

		for (int i = 0; i < COLUMNS; i++) {
			column[i] = strsep(&rest, ",");
			ck_assert_ptr_nonnull(column[i]);
		}
		check_row(column, rows + 2);
		check_options(column, site, rows + 2);
	}
	fclose(csv);
	dsfit_site_free(site);
	ck_assert_int_eq(rows, 492);
}
END_TEST

START_TEST(deepspeed_saturates)
{
	struct dsfit_deepspeed_estimate e;

	for (int offload = 0; offload < 2; offload++) {
		dsfit_deepspeed_zero2(UINT64_MAX, 8, 2, offload, 1.5, &e);
		ck_assert_uint_eq(e.gpu, UINT64_MAX);
		ck_assert_uint_eq(e.cpu, UINT64_MAX);
		dsfit_deepspeed_zero3(UINT64_MAX, UINT64_MAX, 8, 2, offload, false, true, 1.5, &e);
		ck_assert_uint_eq(e.gpu, UINT64_MAX);
		ck_assert_uint_eq(e.cpu, UINT64_MAX);
		ck_assert_uint_eq(e.largest_layer, UINT64_MAX);
	}
}
END_TEST

START_TEST(the_guide)
{
	static const struct {
		uint64_t parameters;
		unsigned zero;
		uint64_t gpus, total, per_gpu;
	} vectors[] = {
		{ 1000000000, 0, 1, 16000000000, 16000000000 },
		{ 1000000000, 0, 8, 16000000000, 16000000000 },
		/* The guide's stage 1 divides the optimizer's 8 bytes by 4. */
		{ 1000000000, 1, 8, 16000000000, 10000000000 },
		/* Its stage 2 divides the gradients' 4 and the optimizer's 8 bytes by 8. */
		{ 1000000000, 2, 8, 16000000000, 5500000000 },
		{ 13000000000, 3, 4, 208000000000, 52000000000 },
		{ 7, 3, 3, 112, 38 },
		{ 1000000000, 3, 0, 16000000000, 16000000000 },
		{ UINT64_MAX, 0, 1, UINT64_MAX, UINT64_MAX },
		{ UINT64_MAX, 1, 1, UINT64_MAX, UINT64_MAX },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(vectors); i++) {
		struct dsfit_guide_estimate e;

		dsfit_guide_memory(vectors[i].parameters, vectors[i].zero, vectors[i].gpus, &e);
		ck_assert_uint_eq(e.total, vectors[i].total);
		ck_assert_uint_eq(e.per_gpu, vectors[i].per_gpu);
		ck_assert_uint_eq(e.per_gpu, dsfit_add(e.weights, dsfit_add(e.gradients,
									   e.optimizer)));
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("estimators");

	unit_add(suite, "DeepSpeed",
		 (const TTest *const[]){ deepspeed_to_the_byte, deepspeed_saturates, NULL });
	unit_add(suite, "the guide", (const TTest *const[]){ the_guide, NULL });
	return unit_run(suite);
}

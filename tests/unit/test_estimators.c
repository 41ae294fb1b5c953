/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/estimators.h"

#include "tests/unit/unit.h"

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

/* Outputs of DeepSpeed's own functions, to the byte. */
START_TEST(deepspeed_to_the_byte)
{
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
	}
	fclose(csv);
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
		/* Stage 1 takes a quarter of the optimizer's 8. */
		{ 1000000000, 1, 8, 16000000000, 10000000000 },
		/* Stage 2 an eighth of the gradients' 4 and the optimizer's 8. */
		{ 1000000000, 2, 8, 16000000000, 5500000000 },
		{ 13000000000, 3, 4, 208000000000, 52000000000 },
		{ 7, 3, 3, 112, 38 },
		{ 1000000000, 3, 0, 16000000000, 16000000000 },
		{ UINT64_MAX, 0, 1, UINT64_MAX, UINT64_MAX },
		{ UINT64_MAX, 1, 1, UINT64_MAX, UINT64_MAX },
	};

	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		struct dsfit_guide_estimate e;

		dsfit_guide_memory(vectors[i].parameters, vectors[i].zero, vectors[i].gpus, &e);
		ck_assert_uint_eq(e.total, vectors[i].total);
		ck_assert_uint_eq(e.per_gpu, vectors[i].per_gpu);
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

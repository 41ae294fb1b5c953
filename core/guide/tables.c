/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The DeepSpeed hardware guide consists of eleven tables in prose: "13B-30B, ZeRO-3, 4x A100".
 * dsfit implements the guide, so its figures must stand somewhere exactly once, and each statement
 * must be comparable with dsfit's own estimate.
 *
 * Each row below therefore holds the guide's words in `cell`, the figure that they contain in
 * `figure`, and in `check` the concrete jobs that the row speaks of. "dsfit guide" estimates those
 * jobs and prints both side by side. The jobs are chosen by these rules:
 * - a range of model sizes is checked at both ends;
 * - a row that names no job (a card that is a "Good balance") is checked with Mistral-7B and LoRA,
 *   the guide's own example of a mid-sized job;
 * - a row that names no method is checked with full training; LoRA is added as `otherwise`.
 *
 * Source: DeepSpeed hardware guide; tests/data/guide.md is its text.
 */
#include "core/guide/tables.h"

#define BILLION UINT64_C(1000000000)

/* The model sizes at which the guide's recommendations change: the first and the last row of its
 * mapping, and LongCat. */
#define SMALL (1 * BILLION)
#define LARGE (70 * BILLION)
#define LONGCAT (560 * BILLION)

#define ROWS(array) .rows = array, .row_count = sizeof(array) / sizeof((array)[0])

static const struct dsfit_guide_row consumer[] = {
	{ .cell = { "RTX 3060" },
	  .check = { { .model = "350M", .gpu = "rtx3060", .gpus = 1 } } },
	{ .cell = { "RTX 3070" },
	  .check = { { .model = "qwen3-0.6b", .method = "lora", .gpu = "rtx3070", .gpus = 1 } } },
	{ .cell = { "RTX 3080" },
	  .check = { { .model = "1B", .gpu = "rtx3080", .gpus = 1 },
		     { .model = "1B", .method = "lora", .gpu = "rtx3080", .gpus = 1,
		       .otherwise = true } } },
	{ .cell = { "RTX 3090" },
	  .check = { { .model = "7B", .gpu = "rtx3090", .gpus = 1 },
		     { .model = "7B", .method = "lora", .gpu = "rtx3090", .gpus = 1,
		       .otherwise = true } } },
	{ .cell = { "RTX 4070" },
	  .check = { { .model = "mistral-7b", .method = "lora", .gpu = "rtx4070", .gpus = 1 },
		     { .model = "mistral-7b", .method = "qlora", .gpu = "rtx4070", .gpus = 1,
		       .otherwise = true } } },
	{ .cell = { "RTX 4080" },
	  .check = { { .model = "mistral-7b", .method = "lora", .gpu = "rtx4080", .gpus = 1 },
		     { .model = "mistral-7b", .method = "qlora", .gpu = "rtx4080", .gpus = 1,
		       .otherwise = true } } },
	{ .cell = { "RTX 4090" },
	  .check = { { .model = "mistral-7b", .method = "lora", .gpu = "rtx4090", .gpus = 1 } } },
};

static const struct dsfit_guide_row professional[] = {
	{ .cell = { "A40" },
	  .check = { { .model = "mistral-7b", .method = "lora", .gpu = "a40", .gpus = 1 } } },
	{ .cell = { "A100" },
	  .check = { { .model = "7B", .zero = "3", .gpu = "a100", .gpus = 4 },
		     { .model = "13B", .zero = "3", .offload = "cpu", .gpu = "a100_80g",
		       .gpus = 4 } } },
	{ .cell = { "H100" },
	  .check = { { .model = "30B", .zero = "3", .offload = "cpu", .gpu = "h100",
		       .gpus = 8 } } },
	{ .cell = { "H200" },
	  .check = { { .model = "70B", .zero = "3", .offload = "cpu", .gpu = "h200",
		       .gpus = 8 } } },
};

#define ESTIMATED \
	{ { .model = "1B", .zero = "0", .gpus = 1 }, { .model = "7B", .zero = "0", .gpus = 1 }, \
	  { .model = "13B", .zero = "0", .gpus = 1 } }

static const struct dsfit_guide_row estimation[] = {
	{ .cell = { "Model Size x 4 (weights)" }, .figure = DSFIT_GUIDE_WEIGHTS,
	  .term = DSFIT_GUIDE_TERM_WEIGHTS, .check = ESTIMATED },
	{ .cell = { "+ Model Size x 4 (gradients)" }, .figure = DSFIT_GUIDE_GRADIENTS,
	  .term = DSFIT_GUIDE_TERM_GRADIENTS, .check = ESTIMATED },
	{ .cell = { "+ Model Size x 8 (optimizer states for Adam)" },
	  .figure = DSFIT_GUIDE_OPTIMIZER, .term = DSFIT_GUIDE_TERM_OPTIMIZER,
	  .check = ESTIMATED },
	{ .cell = { "= Model Size x 16" }, .figure = DSFIT_GUIDE_ALL, .check = ESTIMATED },
};

#define REDUCED(stage) \
	{ { .model = "7B", .zero = stage, .gpus = 4 }, \
	  { .model = "7B", .zero = stage, .gpus = 8 }, \
	  { .model = "7B", .zero = stage, .gpus = 8, .nodes = 8 } }

static const struct dsfit_guide_row zero[] = {
	{ .cell = { "Stage 1", "~4x less optimizer memory" }, .check = REDUCED("1") },
	{ .cell = { "Stage 2", "~8x less (optimizer + gradients)" }, .check = REDUCED("2") },
	{ .cell = { "Stage 3", "Linear scaling with GPUs" }, .check = REDUCED("3") },
};

static const struct dsfit_guide_row mapping[] = {
	{ .cell = { "< 1B", "Stage 2", "1x RTX 3070 (8GB)" }, .figure = SMALL,
	  .check = { { .model = "350M", .zero = "2", .gpu = "rtx3070", .gpus = 1 },
		     { .model = "1B", .zero = "2", .gpu = "rtx3070", .gpus = 1 } } },
	{ .cell = { "1-3B", "Stage 2", "1x RTX 4090 (24GB)" }, .figure = 3 * BILLION,
	  .check = { { .model = "1B", .zero = "2", .gpu = "rtx4090", .gpus = 1 },
		     { .model = "3B", .zero = "2", .gpu = "rtx4090", .gpus = 1 } } },
	{ .cell = { "3-7B", "Stage 2 + Offload", "2x RTX 4090" }, .figure = 7 * BILLION,
	  .check = { { .model = "3B", .zero = "2", .offload = "cpu", .gpu = "rtx4090", .gpus = 2 },
		     { .model = "7B", .zero = "2", .offload = "cpu", .gpu = "rtx4090",
		       .gpus = 2 } } },
	{ .cell = { "7-13B", "Stage 3", "4x A100 (40GB)" }, .figure = 13 * BILLION,
	  .check = { { .model = "7B", .zero = "3", .gpu = "a100", .gpus = 4 },
		     { .model = "13B", .zero = "3", .gpu = "a100", .gpus = 4 },
		     { .model = "13B", .zero = "3", .offload = "optimizer:cpu", .gpu = "a100",
		       .gpus = 4, .otherwise = true } } },
	{ .cell = { "13-30B", "Stage 3 + Offload", "4x A100 (80GB)" }, .figure = 30 * BILLION,
	  .check = { { .model = "13B", .zero = "3", .offload = "cpu", .gpu = "a100_80g",
		       .gpus = 4 },
		     { .model = "30B", .zero = "3", .offload = "cpu", .gpu = "a100_80g",
		       .gpus = 4 } } },
	{ .cell = { "30-70B", "Stage 3 + Offload", "8x H100" }, .figure = LARGE,
	  .check = { { .model = "30B", .zero = "3", .offload = "cpu", .gpu = "h100", .gpus = 8 },
		     { .model = "70B", .zero = "3", .offload = "cpu", .gpu = "h100",
		       .gpus = 8 } } },
	{ .cell = { "70B+", "Stage 3 + Offload", "8x H200" },
	  .check = { { .model = "70B", .zero = "3", .offload = "cpu", .gpu = "h200", .gpus = 8 },
		     { .model = "longcat-560b", .zero = "3", .offload = "cpu", .gpu = "h200",
		       .gpus = 8 } } },
};

static const struct dsfit_guide_row basic[] = {
	{ .cell = { "Minimum", "1x RTX 3060 (12GB)" },
	  .check = { { .model = "gpt2", .gpu = "rtx3060", .gpus = 1 },
		     { .model = "350M", .gpu = "rtx3060", .gpus = 1 } } },
	{ .cell = { "Recommended", "1x RTX 4090 (24GB)" },
	  .check = { { .model = "gpt2", .gpu = "rtx4090", .gpus = 1 },
		     { .model = "350M", .gpu = "rtx4090", .gpus = 1 } } },
};

static const struct dsfit_guide_row huggingface[] = {
	{ .cell = { "Qwen3-0.6B", "1x RTX 3070 (8GB) with LoRA" },
	  .check = { { .model = "qwen3-0.6b", .method = "lora", .gpu = "rtx3070", .gpus = 1 } } },
	{ .cell = { "Mistral-7B", "2x RTX 4090 (48GB) with LoRA" },
	  .check = { { .model = "mistral-7b", .method = "lora", .gpu = "rtx4090", .gpus = 2 } } },
	{ .cell = { "GPT-OSS-20B", "4x A100 (160GB) with LoRA" },
	  .check = { { .model = "gpt-oss-20b", .method = "lora", .gpu = "a100", .gpus = 4 } } },
};

static const struct dsfit_guide_row multimodal[] = {
	{ .cell = { "LLaVA 7B", "2x A100 (80GB)" },
	  .check = { { .model = "llava-7b", .gpu = "a100", .gpus = 2 },
		     { .model = "llava-7b", .method = "lora", .gpu = "a100", .gpus = 2,
		       .otherwise = true } } },
	{ .cell = { "Qwen2-VL", "2x RTX 4090 (48GB)" },
	  .check = { { .model = "qwen2-vl", .gpu = "rtx4090", .gpus = 2 },
		     { .model = "qwen2-vl", .method = "lora", .gpu = "rtx4090", .gpus = 2,
		       .otherwise = true } } },
	{ .cell = { "LongCat-560B", "8x H200 (1.1TB)" },
	  .check = { { .model = "longcat-560b", .gpu = "h200", .gpus = 8 },
		     { .model = "longcat-560b", .method = "lora", .gpu = "h200", .gpus = 8,
		       .otherwise = true } } },
};

enum { RAM_BASIC, RAM_NO_OFFLOAD, RAM_OFFLOAD, RAM_LARGE };

static const struct dsfit_guide_row ram[] = {
	[RAM_BASIC] = {
	  .cell = { "Basic examples", "16 GB" }, .figure = 16 * BILLION,
	  .check = { { .model = "gpt2", .gpu = "rtx3060", .gpus = 1 } } },
	[RAM_NO_OFFLOAD] = {
	  .cell = { "HuggingFace (no offload)", "32 GB" }, .figure = 32 * BILLION,
	  .check = { { .model = "mistral-7b", .method = "lora", .gpu = "rtx4090", .gpus = 2 },
		     { .model = "gpt-oss-20b", .method = "lora", .gpu = "a100", .gpus = 4 } } },
	[RAM_OFFLOAD] = {
	  .cell = { "HuggingFace (with offload)", "64 GB" }, .figure = 64 * BILLION,
	  .check = { { .model = "3B", .zero = "2", .offload = "cpu", .gpu = "rtx4090", .gpus = 2 },
		     { .model = "7B", .zero = "2", .offload = "cpu", .gpu = "rtx4090",
		       .gpus = 2 } } },
	[RAM_LARGE] = {
	  .cell = { "Large models (Stage 3)", "256+ GB" }, .figure = 256 * BILLION,
	  .check = { { .model = "70B", .zero = "3", .gpu = "h200", .gpus = 8 },
		     { .model = "13B", .zero = "3", .offload = "cpu", .gpu = "a100_80g",
		       .gpus = 4 },
		     { .model = "70B", .zero = "3", .offload = "cpu", .gpu = "h200",
		       .gpus = 8 } } },
};

enum { STORAGE_BASIC, STORAGE_HUGGINGFACE, STORAGE_LARGE, STORAGE_LONGCAT };

static const struct dsfit_guide_row storage[] = {
	[STORAGE_BASIC] = {
	  .cell = { "Basic training", "50 GB" }, .figure = 50 * BILLION,
	  .check = { { .model = "gpt2", .gpu = "rtx3060", .gpus = 1 } } },
	[STORAGE_HUGGINGFACE] = {
	  .cell = { "HuggingFace models", "100 GB" }, .figure = 100 * BILLION,
	  .check = { { .model = "mistral-7b", .method = "lora", .gpu = "rtx4090", .gpus = 2 },
		     { .model = "7B", .zero = "3", .gpu = "a100", .gpus = 4 } } },
	[STORAGE_LARGE] = {
	  .cell = { "Large models (70B+)", "500+ GB" }, .figure = 500 * BILLION,
	  .check = { { .model = "70B", .method = "lora", .gpu = "h200", .gpus = 8 },
		     { .model = "70B", .zero = "3", .offload = "cpu", .gpu = "h200",
		       .gpus = 8 } } },
	[STORAGE_LONGCAT] = {
	  .cell = { "LongCat-Flash-Omni", "1.1+ TB" }, .figure = 1100 * BILLION,
	  .check = { { .model = "longcat-flash-omni", .method = "lora", .gpu = "h200",
		       .gpus = 8 },
		     { .model = "longcat-flash-omni", .zero = "3", .offload = "cpu",
		       .gpu = "h200", .gpus = 8 } } },
};

enum { NETWORK_MINIMUM, NETWORK_RECOMMENDED };

#define LINKED \
	{ { .model = "7B", .zero = "3", .gpu = "a100", .gpus = 4, .nodes = 2 }, \
	  { .model = "13B", .zero = "3", .gpu = "a100", .gpus = 4, .nodes = 2 }, \
	  { .model = "70B", .zero = "3", .offload = "cpu", .gpu = "h100", .gpus = 8, .nodes = 2 } }

static const struct dsfit_guide_row network[] = {
	[NETWORK_MINIMUM] = {
	  .cell = { "Minimum", "25 Gbps Ethernet" }, .figure = 25 * BILLION, .check = LINKED },
	[NETWORK_RECOMMENDED] = {
	  .cell = { "Recommended", "100+ Gbps InfiniBand" }, .figure = 100 * BILLION,
	  .check = LINKED },
};

static const struct dsfit_guide_row pricing[] = {
	{ .cell = { "RunPod", "RTX 4090", "$0.74" }, .price = 0.74,
	  .check = { { .model = "mistral-7b", .method = "lora", .gpu = "rtx4090", .gpus = 1 } } },
	{ .cell = { "RunPod", "A100 80GB", "$1.89" }, .price = 1.89,
	  .check = { { .model = "mistral-7b", .method = "lora", .gpu = "a100_80g",
		       .gpus = 1 } } },
	{ .cell = { "CoreWeave", "H100", "$4.76" }, .price = 4.76,
	  .check = { { .model = "mistral-7b", .method = "lora", .gpu = "h100", .gpus = 1 } } },
	{ .cell = { "AWS", "p4d.24xlarge (8x A100)", "$32.77" }, .price = 32.77,
	  .check = { { .model = "mistral-7b", .method = "lora", .gpu = "a100", .gpus = 8 } } },
};

static const struct dsfit_guide_row tree[] = {
	{ .cell = { "Is your model < 1B parameters?", "Yes", "1x consumer GPU (RTX 3070+)" },
	  .check = { { .model = "350M", .gpu = "rtx3070", .gpus = 1 },
		     { .model = "1B", .gpu = "rtx3070", .gpus = 1 } } },
	{ .cell = { "Is it < 7B parameters?", "Yes", "2x RTX 4090 or 1x A100" },
	  .check = { { .model = "1B", .gpu = "rtx4090", .gpus = 2 },
		     { .model = "7B", .gpu = "rtx4090", .gpus = 2 },
		     { .model = "7B", .gpu = "a100", .gpus = 1 },
		     { .model = "7B", .gpu = "a100_80g", .gpus = 1 } } },
	{ .cell = { "Is it < 30B parameters?", "Yes", "4x A100" },
	  .check = { { .model = "7B", .gpu = "a100", .gpus = 4 },
		     { .model = "30B", .gpu = "a100", .gpus = 4 },
		     { .model = "30B", .gpu = "a100_80g", .gpus = 4 },
		     { .model = "30B", .offload = "cpu", .gpu = "a100_80g", .gpus = 4,
		       .otherwise = true } } },
	{ .cell = { "Is it < 30B parameters?", "No", "8x H100/H200" },
	  .check = { { .model = "30B", .gpu = "h100", .gpus = 8 },
		     { .model = "70B", .gpu = "h100", .gpus = 8 },
		     { .model = "70B", .gpu = "h200", .gpus = 8 },
		     { .model = "70B", .offload = "cpu", .gpu = "h200", .gpus = 8,
		       .otherwise = true } } },
};

#define CARD_COLUMNS { "GPU", "VRAM", "FP16 TFLOPS", "Best For" }

static const char rate_note[] = "FP16 TFLOPS are the guide's own; most do not count the tensor "
				"cores";
static const char sum_note[] = "for several GPUs the size in brackets is their total memory";
static const char ram_note[] = "host memory is compared with the guide's minimum RAM";

const struct dsfit_guide_table dsfit_guide_tables[DSFIT_GUIDE_TABLES] = {
	[DSFIT_GUIDE_CONSUMER] = { "consumer_gpus", "Consumer GPUs", 1, DSFIT_GUIDE_CARDS,
				   CARD_COLUMNS, rate_note, ROWS(consumer) },
	[DSFIT_GUIDE_PROFESSIONAL] = { "professional_gpus", "Professional GPUs", 2,
				       DSFIT_GUIDE_CARDS, CARD_COLUMNS, rate_note,
				       ROWS(professional) },
	[DSFIT_GUIDE_ESTIMATION] = { "estimation", "Memory Estimation", 3, DSFIT_GUIDE_ESTIMATE,
				     { "Full Training Memory" }, NULL, ROWS(estimation) },
	[DSFIT_GUIDE_ZERO] = { "zero", "With ZeRO Optimization", 4, DSFIT_GUIDE_REDUCTION,
			       { "ZeRO Stage", "Memory Reduction" }, NULL, ROWS(zero) },
	[DSFIT_GUIDE_MAPPING] = { "mapping", "Model -> GPU Mapping", 5, DSFIT_GUIDE_SETUP,
				  { "Model Size", "ZeRO Stage", "GPU Config" }, ram_note,
				  ROWS(mapping) },
	[DSFIT_GUIDE_BASIC] = { "basic_examples", "Basic Examples (01-04)", 6, DSFIT_GUIDE_SETUP,
				{ "Example", "GPU Config" }, NULL, ROWS(basic) },
	[DSFIT_GUIDE_HUGGINGFACE] = { "huggingface_examples", "HuggingFace LLMs (05-07)", 6,
				      DSFIT_GUIDE_SETUP, { "Model", "GPU Config" }, sum_note,
				      ROWS(huggingface) },
	[DSFIT_GUIDE_MULTIMODAL] = { "multimodal_examples", "Multimodal (08-09)", 6,
				     DSFIT_GUIDE_SETUP, { "Model", "GPU Config" }, sum_note,
				     ROWS(multimodal) },
	[DSFIT_GUIDE_MEMORY] = { "ram", "RAM", 7, DSFIT_GUIDE_RAM,
				 { "Training Type", "Minimum RAM" }, NULL, ROWS(ram) },
	[DSFIT_GUIDE_DISK] = { "storage", "Storage", 8, DSFIT_GUIDE_STORAGE,
			       { "Use Case", "Storage" }, NULL, ROWS(storage) },
	[DSFIT_GUIDE_LINK] = { "network", "Network", 9, DSFIT_GUIDE_NETWORK,
			       { "For multi-node training", "Network" }, NULL, ROWS(network) },
	[DSFIT_GUIDE_PRICING] = { "pricing", "Cloud Pricing (Approximate)", 10,
				  DSFIT_GUIDE_PRICE, { "Provider", "GPU", "$/hour" }, NULL,
				  ROWS(pricing) },
	[DSFIT_GUIDE_TREE] = { "decision_tree", "Decision Tree", 11, DSFIT_GUIDE_SETUP,
			       { "Question", "Answer", "Setup" }, ram_note, ROWS(tree) },
};

const char *const dsfit_guide_recommendations[][2] = {
	{ "Development", "Use smallest GPU that works" },
	{ "Experimentation", "Use spot/preemptible instances" },
	{ "Production", "Size for throughput, not just fit" },
	{ NULL, NULL },
};

unsigned dsfit_guide_stage(uint64_t parameters)
{
	const struct dsfit_guide_row *row = mapping;

	while (row->figure && parameters >= row->figure)
		row++;
	return (unsigned)(row->check[0].zero[0] - '0');
}

const struct dsfit_guide_row *dsfit_guide_ram(uint64_t parameters, unsigned stage, bool offloads)
{
	if (parameters >= LARGE && stage == 3)
		return &ram[RAM_LARGE];
	if (offloads)
		return &ram[RAM_OFFLOAD];
	return &ram[parameters >= SMALL ? RAM_NO_OFFLOAD : RAM_BASIC];
}

const struct dsfit_guide_row *dsfit_guide_storage(uint64_t parameters)
{
	if (parameters >= LONGCAT)
		return &storage[STORAGE_LONGCAT];
	if (parameters >= LARGE)
		return &storage[STORAGE_LARGE];
	return &storage[parameters >= SMALL ? STORAGE_HUGGINGFACE : STORAGE_BASIC];
}

uint64_t dsfit_guide_network(void)
{
	return network[NETWORK_MINIMUM].figure;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A node's memory, in phases: loading the model, training with what is offloaded, and the same
 * while a checkpoint is written. The largest of them counts, and the processes themselves in each.
 * And a node's scratch, where NVMe offload writes.
 */
#include "core/account/host.h"

#include "core/account/offload.h"
#include "core/account/rank.h"
#include "core/account/release.h"
#include "core/base/size.h"
#include "core/guide/tables.h"

/* --- the phases ----------------------------------------------------------------------------- */

/* Bytes of a phase: what is usual, and the most. */
struct span {
	uint64_t usual, most;
};

/* Bytes that PyTorch's pinned allocator (CachingHostAllocator) adds to a block. */
static uint64_t rounding_of(uint64_t bytes)
{
	return dsfit_power_of_two(bytes) - bytes;
}

/*
 * What pinning adds to the optimizer's part, on one rank. DeepSpeed 0.19 pins these
 * (zero/stage_1_and_2.py, zero/stage3.py of deepspeed/runtime):
 * - fp32 gradients; in stage 3 one block per sub-group
 * - stage 3: the 16-bit gradients
 * - below: the fp32 weights, the 16-bit weights on their way back, and the largest gradient
 */
static struct span pinning_optimizer(const struct dsfit_rank *rank)
{
	const struct dsfit_training *t = rank->training;
	uint64_t partition = rank->partition, group = partition, grown, sum;
	struct span out = { 0, 0 };

	if (t->offload_optimizer != DSFIT_OFFLOAD_CPU || !partition)
		return out;
	if (t->zero < 3) {
		sum = dsfit_mul(rounding_of(dsfit_mul(partition, 4)), 2);
		if (dsfit_release_returns_halves(t))
			sum = dsfit_add(sum, rounding_of(dsfit_mul(partition, 2)));
		sum = dsfit_add(sum, rounding_of(dsfit_mul(rank->largest, rank->width.weight)));
		return (struct span){ sum, sum };
	}
	group = dsfit_max(1, dsfit_min(t->sub_group, partition));
	sum = dsfit_mul(rounding_of(dsfit_mul(group, 4)), partition / group);
	sum = dsfit_add(sum, rounding_of(partition % group * 4));
	out.usual = dsfit_add(sum, rounding_of(dsfit_mul(partition, 2)));
	/* _create_fp16_sub_groups() ends a sub-group with the parameter that makes it large
	 * enough, so it may be larger by nearly one parameter. */
	grown = dsfit_add(group, rank->whole.matrix / rank->shards);
	if (group < partition)
		sum = dsfit_max(sum, dsfit_mul(rounding_of(dsfit_mul(grown, 4)),
					       dsfit_div_up(partition, grown)));
	out.most = dsfit_add(sum, rounding_of(dsfit_mul(partition, 2)));
	return out;
}

/*
 * What pinning adds to the parameters' part, on one rank. Stage 3 always pins the flat buffer of
 * what is trained (_create_param_groups_fp16_flat_cpu_memory()). With pin_memory, zero.Init pins
 * each parameter's share before that, and the allocator keeps these blocks when the flat buffer
 * has taken their place.
 */
static struct span pinning_parameters(const struct dsfit_rank *rank)
{
	uint64_t kept = rounding_of(dsfit_offload_kept_of_nvme(rank)), flat, blocks;
	const struct dsfit_training *t = rank->training;

	if (t->offload_param != DSFIT_OFFLOAD_CPU)
		return (struct span){ kept, kept };
	flat = dsfit_mul(rank->partition, rank->width.weight);
	blocks = dsfit_add(rank->parameter_blocks, dsfit_power_of_two(flat));
	blocks = dsfit_max(dsfit_sub(blocks, rank->share_bytes), rounding_of(flat));
	if (dsfit_release_pins(t, t->pin_param, t->pin_param_given))
		return (struct span){ blocks, blocks };
	return (struct span){ rounding_of(flat), blocks };
}

/* Training: what is offloaded, on all ranks of a node. */
static struct span training_bytes(const struct dsfit_rank *rank, uint64_t offload)
{
	struct span o = pinning_optimizer(rank), p = pinning_parameters(rank);
	const struct dsfit_training *t = rank->training;
	uint64_t g = rank->layout->gpus_per_node;

	if (!dsfit_release_pins(t, t->pin_optimizer, t->pin_optimizer_given))
		o.usual = 0;
	return (struct span){
		dsfit_add(offload, dsfit_mul(dsfit_add(o.usual, p.usual), g)),
		dsfit_add(offload, dsfit_mul(dsfit_add(o.most, p.most), g)),
	};
}

/*
 * Loading in stage 3 without zero.Init, in bytes per parameter. Measured with from_pretrained() of
 * transformers 5.23 on models of 0.3 billion parameters with files in bf16. In fp32 a process had
 * 4.01 of its own and 2.02 of mapped files, which the ranks of a node share. A mixture had 8.25 and
 * 2.02: its experts are read one by one and merged, and the heap keeps what that has left behind.
 * A mixture on 8 GPUs was reported with 7.4 when the node ran out of memory.
 */
#define LOADED_DENSE 4.01
#define LOADED_MIXTURE 8.25
#define LOADED_FILES 2.02

/*
 * Loading, before anything is partitioned. With zero.Init a rank holds a parameter at a time. It is
 * used where transformers' HfDeepSpeedConfig exists when the model is loaded: TrainingArguments
 * with a DeepSpeed file make one. Some programs load the model before that, and sbatch's options
 * seldom say so. A dense model is then only mapped, as its type is the file's by default; a
 * mixture's experts are merged in memory. Below stage 3 each rank holds the model in its weights'
 * type, or less where files are mapped.
 */
static struct span loading_bytes(const struct dsfit_rank *rank)
{
	const struct dsfit_training *t = rank->training;
	uint64_t g = rank->layout->gpus_per_node, files, own;
	bool mixture = rank->whole.experts;

	if (t->zero < 3)
		return (struct span){ 0, dsfit_mul(rank->weight_bytes, g) };
	if (t->zero_init && (t->zero_init_declared || !mixture || rank->quantised_bytes))
		return (struct span){ 0, 0 };
	files = dsfit_scale(rank->parameters, LOADED_FILES);
	own = dsfit_scale(rank->parameters, mixture ? LOADED_MIXTURE : LOADED_DENSE);
	own = dsfit_mul(own, g);
	/* Slurm's accounting may count the mapped files with each rank. */
	return (struct span){ t->zero_init ? 0 : dsfit_add(own, files),
			      dsfit_add(own, dsfit_mul(files, g)) };
}

/* deepspeed.initialize() of releases that flatten on the host: the trained weights of all ranks,
 * and their flat copies. */
static uint64_t flattening_bytes(const struct dsfit_rank *rank)
{
	uint64_t bytes = dsfit_mul(rank->trainable, rank->width.weight);

	if (rank->wrapper != DSFIT_WRAPPER_ZERO12 ||
	    !dsfit_release_flattens_on_host(rank->training))
		return 0;
	return dsfit_mul(dsfit_mul(bytes, 2), rank->layout->gpus_per_node);
}

/* --- a checkpoint ---------------------------------------------------------------------------- */

/*
 * What is collected in host memory before it is written, beside what is there anyway. Followed with
 * DeepSpeed 0.19.8, transformers 5.23 and two ranks on the CPU (tests/data/saves.tsv), and read
 * in the sources:
 *
 *     Trainer.save_model()
 *       stages 0 to 2    each rank clones the model's weights, frozen ones too
 *                        (get_state_dict() of accelerate, clone_tensors_for_torch_save())
 *       stage 3          the first rank gathers what is trained, or all weights
 *                        (_zero3_consolidated_16bit_state_dict()), unless
 *                        stage3_gather_16bit_weights_on_model_save is false
 *       FSDP             the first rank gathers all weights, and then all states
 *       no engine        the first rank copies one file's weights
 *       save_pretrained() parts a mixture's experts as the Hub has them, and copies gate and up
 *     save_checkpoint()  torch.save() writes tensors of the CPU from where they are. It copies
 *                        those of a GPU one after another; the largest is the master copy
 */

/* save_pretrained() of transformers 5: max_shard_size. */
#define SHARD_FILE UINT64_C(50000000000)

/* The largest tensor of the optimizer on one rank's GPU. */
static uint64_t largest_state(const struct dsfit_rank *rank)
{
	uint64_t elements = rank->partition;

	if (rank->wrapper < DSFIT_WRAPPER_BF16 || rank->wrapper > DSFIT_WRAPPER_ZERO3)
		return 0;
	if (dsfit_rank_offloads_optimizer(rank))
		elements = dsfit_offload_stays(rank);
	if (rank->wrapper == DSFIT_WRAPPER_ZERO3)
		elements = dsfit_min(elements, rank->training->sub_group);
	return dsfit_mul(elements, dsfit_max(rank->width.master, rank->width.weight));
}

/* The weights that all ranks of a node clone below stage 3. Without the Trainer, which knows
 * neither pipelines nor Megatron's tensor parallelism, a pipeline writes one layer after another,
 * and the first data-parallel rank writes the others' weights. */
static uint64_t cloned_weights(const struct dsfit_rank *rank)
{
	const struct dsfit_training *t = rank->training;
	uint64_t g = rank->layout->gpus_per_node;
	const struct dsfit_pieces *whole = &rank->whole;

	if (t->pipeline > 1)
		return dsfit_mul(dsfit_mul(dsfit_max(whole->block, dsfit_max(whole->embedding,
									     whole->head)),
					   rank->width.weight), g);
	return dsfit_mul(rank->weight_bytes, t->tensor > 1 ? dsfit_min(g, t->tensor) : g);
}

/*
 * What revert_weight_conversion() of transformers 5 copies of a mixture on the first rank: halves
 * of its experts' gate_up_proj. Followed: 1.24 bytes a parameter where experts are 0.91 of them.
 * It has no part of quantised experts, and none where adapters alone are written.
 */
static uint64_t parted_experts(const struct dsfit_rank *rank)
{
	uint64_t routed = rank->model->counts.routed;

	if (rank->training->method != DSFIT_METHOD_FULL || !rank->model->shape.gated ||
	    dsfit_release_quantises_experts(rank->training))
		return 0;
	return dsfit_mul(routed / 3 * 2, rank->width.weight);
}

/* The weights that the model's first rank collects. */
static struct span collected_weights(const struct dsfit_rank *rank)
{
	const struct dsfit_training *t = rank->training;
	uint64_t all = dsfit_add(rank->weight_bytes, parted_experts(rank)), trained = all, states;

	if (t->method != DSFIT_METHOD_FULL)
		trained = dsfit_mul(rank->trainable, rank->width.weight);
	switch (t->engine) {
	case DSFIT_ENGINE_FSDP:
		states = dsfit_scale(rank->trainable, rank->width.states);
		return (struct span){ all, dsfit_max(all, states) };
	case DSFIT_ENGINE_NONE:
		trained = t->method == DSFIT_METHOD_FULL ? rank->weight_bytes : trained;
		trained = dsfit_min(trained, SHARD_FILE);
		return (struct span){ trained, trained };
	default:
		if (t->gather_on_save == DSFIT_NO)
			return (struct span){ 0, 0 };
		return (struct span){ trained, all };
	}
}

static struct span saving_bytes(const struct dsfit_rank *rank)
{
	const struct dsfit_training *t = rank->training;
	struct span sum = { 0, 0 };
	uint64_t states;

	if (t->save == DSFIT_NO)
		return sum;
	states = dsfit_mul(largest_state(rank), rank->layout->gpus_per_node);
	sum = collected_weights(rank);
	if (t->engine == DSFIT_ENGINE_DEEPSPEED && t->zero < 3)
		sum.usual = sum.most = dsfit_max(cloned_weights(rank), sum.usual);
	return (struct span){ dsfit_max(sum.usual, states), dsfit_max(sum.most, states) };
}

/* --- a node ---------------------------------------------------------------------------------- */

/* A data loader's worker. It is forked: 10 to 16 MiB were its own with a dataset of tensors, up to
 * 200 MiB where it walked through Python's objects, whose counts of references it changes. */
#define WORKER (16 * DSFIT_MIB)
#define WORKER_HIGH (256 * DSFIT_MIB)

/* Bytes of a node's processes, each of which takes so much and each of its workers so much. */
static uint64_t processes(const struct dsfit_rank *rank, uint64_t process, uint64_t worker)
{
	return dsfit_mul(dsfit_add(process, dsfit_mul(rank->training->workers, worker)),
			 rank->layout->gpus_per_node);
}

void dsfit_host_account(const struct dsfit_rank *rank, struct dsfit_host_account *out)
{
	const struct dsfit_estimate_settings *settings = rank->settings;
	uint64_t g = rank->layout->gpus_per_node, certain = 0;
	uint64_t offload = dsfit_mul(dsfit_offload_host_bytes(rank), g);
	struct span training = training_bytes(rank, offload);
	struct span loading = loading_bytes(rank), saving = saving_bytes(rank);
	bool offloads = dsfit_rank_offloads_optimizer(rank);

	out->offload = offload;
	out->loading = loading.usual ? loading.usual : loading.most;
	loading.usual = dsfit_max(loading.usual, flattening_bytes(rank));
	loading.most = dsfit_max(loading.most, loading.usual);
	out->saving = saving.usual;
	training.usual = dsfit_add(training.usual, saving.usual);
	training.most = dsfit_add(training.most, saving.most);
	/* That every rank loads the whole model is certain only where the user said so. */
	if (rank->training->zero == 3 && !rank->training->zero_init)
		certain = dsfit_mul(dsfit_mul(rank->parameters, 4), g);
	out->low = dsfit_max(offload, certain);
	out->low = dsfit_add(out->low, processes(rank, settings->process_low, 0));
	out->own = dsfit_max(training.usual, loading.usual);
	out->own = dsfit_add(out->own, processes(rank, settings->process, WORKER));
	out->high = dsfit_max(training.most, loading.most);
	out->high = dsfit_add(out->high, processes(rank, settings->process_high, WORKER_HIGH));
	out->guide_minimum = dsfit_guide_ram(rank->model->parameters, rank->training->zero,
					     offloads)->figure;
	out->per_node = dsfit_max(out->own, out->guide_minimum);
	out->high = dsfit_max(out->high, out->per_node);
}

/*
 * DeepSpeed 0.19's swappers (deepspeed/runtime/swap_tensor) write files: the optimizer's with
 * master copy and states, and at the end of a step's backward with fp32 gradients; the parameters'
 * with 16-bit weights. Blocks are aligned to some KiB, which 2 % covers.
 */
void dsfit_nvme_account(const struct dsfit_rank *rank, struct dsfit_nvme_account *out)
{
	const struct dsfit_training *t = rank->training;
	uint64_t states = 0, gradients = 0, weights = 0, g = rank->layout->gpus_per_node;

	if (t->offload_optimizer == DSFIT_OFFLOAD_NVME) {
		states = dsfit_scale(rank->partition,
				     (double)rank->width.master + rank->width.states);
		gradients = dsfit_mul(rank->partition, 4);
	}
	if (t->offload_param == DSFIT_OFFLOAD_NVME)
		weights = rank->share_bytes;
	out->low = dsfit_mul(dsfit_add(states, weights), g);
	out->per_node = dsfit_add(out->low, dsfit_mul(gradients, g));
	out->high = dsfit_add(out->per_node, out->per_node / 50);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* LoRA adapters, counted from the list of a shape's tensors. */
#include "core/model/adapters.h"

#include "core/base/size.h"

/* In 4.x each expert of these models is made of linears. */
static bool experts_are_linears(const struct dsfit_model *model, const struct dsfit_training *t)
{
	return model->shape.traits.experts_adapted && t->transformers &&
	       t->transformers < DSFIT_RELEASE(5, 0);
}

bool dsfit_lora_adapts_experts(const struct dsfit_model *model, const struct dsfit_training *t)
{
	if (t->method == DSFIT_METHOD_FULL || !model->shape.experts ||
	    !model->shape.traits.experts_adapted || experts_are_linears(model, t))
		return false;
	return t->lora_targets == DSFIT_LORA_ALL_LINEAR ||
	       (t->lora_targets == DSFIT_LORA_LISTED &&
		t->lora_modules & (DSFIT_PARTS_NETWORK | DSFIT_PART_ROUTER));
}

bool dsfit_lora_refused(const struct dsfit_model *model, const struct dsfit_training *t,
			struct dsfit_error *line)
{
	static const char experts[] = "adapters on experts, which transformers 5 has as parameters";
	uint64_t gate_up = DSFIT_PART_GATE | DSFIT_PART_UP, listed = t->lora_modules & gate_up;
	bool half = t->lora_targets == DSFIT_LORA_LISTED && listed && listed != gate_up;

	line->text[0] = '\0';
	if (!dsfit_lora_adapts_experts(model, t))
		return false;
	if (half && model->shape.gated)
		dsfit_fail(line, "PEFT stops at %s: %s is adapted only together with %s", experts,
			   listed == DSFIT_PART_GATE ? "gate_proj" : "up_proj",
			   listed == DSFIT_PART_GATE ? "up_proj" : "gate_proj");
	else if (t->dora)
		dsfit_fail(line, "PEFT stops at %s: they cannot have DoRA", experts);
	else if (t->lora_dropout > 0)
		dsfit_fail(line, "PEFT stops at %s: they cannot have dropout", experts);
	return line->text[0];
}

/* Whether one tensor has the experts' matrices of gate and up. */
static bool has_gate_and_up(const struct dsfit_model *model, const struct dsfit_tensor *tensor)
{
	return model->shape.gated && tensor->in == model->shape.hidden &&
	       tensor->out == 2 * model->shape.expert_ffn;
}

/* Of a mixture's block: experts, router, and the matrices whose names PEFT takes for experts'. */
static bool targets_mixture(const struct dsfit_model *model, const struct dsfit_tensor *tensor,
			    const struct dsfit_training *t)
{
	uint64_t gate_up = DSFIT_PART_GATE | DSFIT_PART_UP;
	bool all = t->lora_targets == DSFIT_LORA_ALL_LINEAR;

	if (tensor->role == DSFIT_ROLE_ROUTER)
		return all || t->lora_modules & DSFIT_PART_ROUTER;
	if (tensor->role == DSFIT_ROLE_EXPERTS && has_gate_and_up(model, tensor))
		return all || !(gate_up & ~t->lora_modules);
	if (tensor->role == DSFIT_ROLE_EXPERTS)
		return all || t->lora_modules & DSFIT_PART_DOWN;
	/* The shared expert's gate keeps its name. */
	return tensor->out == 1 && (all || tensor->parts & t->lora_modules);
}

static bool is_classifier(const struct dsfit_model *model, const struct dsfit_tensor *tensor)
{
	return tensor->role == DSFIT_ROLE_OTHER && !tensor->in_block && model->labels &&
	       tensor->out == model->labels;
}

bool dsfit_lora_targets(const struct dsfit_model *model, const struct dsfit_tensor *tensor,
			const struct dsfit_training *training)
{
	bool of_experts = tensor->role == DSFIT_ROLE_EXPERTS || tensor->role == DSFIT_ROLE_ROUTER;

	if (!tensor->tower && dsfit_training_freezes(training, DSFIT_FROZEN_LANGUAGE))
		return false;
	if (!tensor->tower && (of_experts || tensor->role == DSFIT_ROLE_NETWORK) &&
	    (dsfit_lora_adapts_experts(model, training) ||
	     (of_experts && experts_are_linears(model, training) &&
	      training->lora_targets >= DSFIT_LORA_ALL_LINEAR)))
		return targets_mixture(model, tensor, training);
	if (training->lora_targets == DSFIT_LORA_LISTED)
		return tensor->parts & training->lora_modules;
	/* all-linear leaves out the head (_maybe_include_all_linear_layers() of PEFT). */
	if (tensor->module == DSFIT_MODULE_PLAIN || tensor->role == DSFIT_ROLE_HEAD ||
	    is_classifier(model, tensor))
		return false;
	switch (training->lora_targets) {
	case DSFIT_LORA_QV:
		return tensor->role == DSFIT_ROLE_QUERY_VALUE;
	case DSFIT_LORA_ATTENTION:
		return tensor->role == DSFIT_ROLE_QUERY_VALUE ||
		       tensor->role == DSFIT_ROLE_ATTENTION;
	default:
		return true;
	}
}

uint64_t dsfit_lora_sides(const struct dsfit_model *model, const struct dsfit_tensor *tensor,
			  const struct dsfit_training *training)
{
	uint64_t in = tensor->in, out = tensor->out;

	if (tensor->role == DSFIT_ROLE_EXPERTS && has_gate_and_up(model, tensor)) {
		/* Two linears have two adapters; the tensor of both has one of twice the rank. */
		in *= 2;
		out *= dsfit_lora_adapts_experts(model, training) ? 2 : 1;
	}
	return dsfit_mul(dsfit_add(in, out), tensor->stack);
}

/* Sums of (in + out) of the tower's linears that have adapters: PEFT looks for a name in the whole
 * model. Its other linears have names of their own. */
static uint64_t tower_sides(const struct dsfit_model *model, const struct dsfit_training *training)
{
	const struct dsfit_counts *counts = &model->counts;
	uint64_t parts = training->lora_modules, sides = 0;

	if (dsfit_training_freezes(training, DSFIT_FROZEN_VISION))
		return 0;
	switch (training->lora_targets) {
	case DSFIT_LORA_ALL_LINEAR:
		return counts->vision_sides;
	case DSFIT_LORA_QV:
		return counts->vision_qv;
	case DSFIT_LORA_ATTENTION:
		return dsfit_add(counts->vision_qv, counts->vision_key);
	default:
		/* Queries and values are equally wide. */
		if (parts & DSFIT_PART_QUERY)
			sides = counts->vision_qv / 2;
		if (parts & DSFIT_PART_VALUE)
			sides = dsfit_add(sides, counts->vision_qv / 2);
		if (parts & DSFIT_PART_KEY)
			sides = dsfit_add(sides, counts->vision_key);
		return sides;
	}
}

uint64_t dsfit_lora_of_tower(const struct dsfit_model *model,
			     const struct dsfit_training *training)
{
	return dsfit_mul(tower_sides(model, training), training->lora_rank);
}

uint64_t dsfit_lora_count(const struct dsfit_tensors *list, const struct dsfit_model *model,
			  const struct dsfit_training *training)
{
	uint64_t sides = 0, outputs = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct dsfit_tensor *tensor = &list->tensor[i];

		if (!dsfit_lora_targets(model, tensor, training))
			continue;
		sides = dsfit_add(sides, dsfit_mul(dsfit_lora_sides(model, tensor, training),
						   tensor->copies));
		outputs = dsfit_add(outputs, dsfit_mul(tensor->out, tensor->copies));
	}
	sides = dsfit_add(sides, tower_sides(model, training));
	sides = dsfit_mul(sides, training->lora_rank);
	/* DoRA has the norm of each row of the adapted matrix. */
	return training->dora ? dsfit_add(sides, outputs) : sides;
}

/* The head that classifies, where a section of architectures.conf lists it beside the blocks. */
static uint64_t listed_classifier(const struct dsfit_model *model)
{
	const struct dsfit_tensors *list = &model->tensors;

	for (size_t i = 0; i < list->count; i++)
		if (is_classifier(model, &list->tensor[i]))
			return dsfit_tensors_sum(&list->tensor[i], 1);
	return 0;
}

uint64_t dsfit_saved_modules(const struct dsfit_model *model,
			     const struct dsfit_training *training)
{
	const struct dsfit_counts *counts = &model->counts;
	uint64_t saved = 0;

	if (training->modules_to_save & DSFIT_PART_EMBEDDING)
		saved = counts->embedding;
	/* A tied head gets a matrix of its own. */
	if (training->modules_to_save & DSFIT_PART_HEAD)
		saved = dsfit_add(saved, counts->head ? counts->head : counts->embedding);
	/* SEQ_CLS and TOKEN_CLS of PEFT train the new head whatever is asked for
	 * (PeftModelForSequenceClassification of peft/peft_model.py). */
	else if (model->labels)
		saved = dsfit_add(saved, counts->head ? counts->head : listed_classifier(model));
	return saved;
}

uint64_t dsfit_trainable_vision(const struct dsfit_model *model,
				const struct dsfit_training *training)
{
	const struct dsfit_counts *counts = &model->counts;
	uint64_t trained = 0;

	if (!dsfit_training_freezes(training, DSFIT_FROZEN_VISION))
		trained = dsfit_sub(counts->vision, counts->projector);
	if (!dsfit_training_freezes(training, DSFIT_FROZEN_PROJECTOR))
		trained = dsfit_add(trained, counts->projector);
	return trained;
}

static uint64_t not_frozen(const struct dsfit_model *model, const struct dsfit_training *training)
{
	const struct dsfit_counts *counts = &model->counts;
	uint64_t vision = dsfit_trainable_vision(model, training);

	switch (training->frozen) {
	case DSFIT_FROZEN_ALL_BUT_HEAD:
		return counts->head ? counts->head : counts->embedding;
	case DSFIT_FROZEN_ALL_BUT_EMBED:
		return dsfit_add(counts->embedding, counts->head);
	default:
		if (dsfit_training_freezes(training, DSFIT_FROZEN_LANGUAGE))
			return vision;
		return dsfit_add(dsfit_sub(model->parameters, counts->vision), vision);
	}
}

uint64_t dsfit_trainable(const struct dsfit_model *model, const struct dsfit_training *training)
{
	if (training->method == DSFIT_METHOD_FULL)
		return not_frozen(model, training);
	return dsfit_add(dsfit_lora_parameters(model, training),
			 dsfit_saved_modules(model, training));
}

uint64_t dsfit_lora_parameters(const struct dsfit_model *model,
			       const struct dsfit_training *training)
{
	struct dsfit_tensors scratch;

	return dsfit_lora_count(dsfit_model_tensors(model, &scratch), model, training);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A verdict is the account of a job held against what nodes have. A job that is not running yet has
 * no nodes: Slurm will choose them among the classes that the request matches. So the job is
 * assessed on each of these classes, and one assessment is shown for all, the worst (see
 * tells_more()):
 *
 *     request --> each class: layout --> account ---+
 *                        (core/request/placement.c) |--> verdicts, pace, price --> the worst
 *                 each class: what it has ----------+
 *
 * If no class can hold the request alone, several may together (core/request/mixture.c). If these
 * cannot either, the site cannot run the job, whatever it trains.
 *
 * The account takes most of the time, and it depends on the layout alone. Many classes and many
 * candidates of a search share a layout, so the last accounts are kept (struct dsfit_accounts).
 */
#include "core/decide/assess.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/size.h"
#include "core/decide/pace.h"
#include "core/guide/tables.h"
#include "core/request/mixture.h"

const char *const dsfit_verdict_names[] = { "fits", "unknown", "tight", "exceeds", NULL };

enum dsfit_verdict dsfit_judge(uint64_t low, uint64_t high, uint64_t capacity)
{
	if (!capacity)
		return DSFIT_UNKNOWN;
	if (low > capacity)
		return DSFIT_EXCEEDS;
	return high > capacity ? DSFIT_TIGHT : DSFIT_FITS;
}

static enum dsfit_verdict worse(enum dsfit_verdict a, enum dsfit_verdict b)
{
	return a > b ? a : b;
}

/* If a site does not say how much scratch, storage or network it has, that must not make every job
 * "unknown". Only GPU and host memory do. */
static enum dsfit_verdict fits_if_unknown(enum dsfit_verdict verdict)
{
	return verdict == DSFIT_UNKNOWN ? DSFIT_FITS : verdict;
}

bool dsfit_evaluation_is_tight(const struct dsfit_assessment *a)
{
	const struct dsfit_gpu_account *need = &a->account.gpu;

	return need->high_declared <= a->gpu_capacity && need->high > a->gpu_capacity;
}

enum dsfit_verdict dsfit_with_evaluation(const struct dsfit_assessment *a,
					 enum dsfit_verdict verdict)
{
	return dsfit_evaluation_is_tight(a) ? worse(verdict, DSFIT_TIGHT) : verdict;
}

void dsfit_count_evaluation(struct dsfit_assessment *a)
{
	a->gpu = dsfit_with_evaluation(a, a->gpu);
	a->overall = dsfit_with_evaluation(a, a->overall);
}

bool dsfit_fits_as_declared(const struct dsfit_assessment *a)
{
	if (a->overall != DSFIT_TIGHT)
		return a->overall == DSFIT_FITS;
	return dsfit_evaluation_is_tight(a) && a->host == DSFIT_FITS && a->nvme != DSFIT_TIGHT &&
	       a->storage != DSFIT_TIGHT && a->network_counts != DSFIT_TIGHT;
}

bool dsfit_may_wait(const struct dsfit_assessment *a)
{
	return a->network > DSFIT_UNKNOWN && a->network_counts <= DSFIT_UNKNOWN;
}

/* A job that waits for its network runs, only slower. So how long it may wait is for the site to
 * say, and it is held against a job only if the job says how much it computes between messages. */
static bool must_not_wait(const struct dsfit_site *site, const struct dsfit_workload *workload,
			  const struct dsfit_request *request)
{
	return workload->training.batch_declared && workload->training.sequence_declared &&
	       dsfit_site_network_rule(site, request->partition) == DSFIT_NETWORK_WAIT;
}

static void judge_network(const struct dsfit_site *site, const struct dsfit_workload *workload,
			  const struct dsfit_request *request, struct dsfit_assessment *a)
{
	const struct dsfit_network_account *need = &a->account.network;

	a->network_low = need->low;
	a->network_high = need->required;
	a->network = a->network_counts = a->layout.nodes < 2 ? DSFIT_FITS :
		dsfit_judge(need->low, need->required, a->network_capacity);
	if (a->network <= DSFIT_UNKNOWN || must_not_wait(site, workload, request))
		return;
	a->network_low = a->network_high = dsfit_guide_network();
	a->network_counts = dsfit_judge(a->network_low, a->network_high, a->network_capacity);
}

/* What differs between nodes with the same card, and puts all together. */
static void judge_node(struct dsfit_assessment *a)
{
	const struct dsfit_account *need = &a->account;

	a->host = dsfit_judge(need->host.low, need->host.high, a->host_capacity);
	a->nvme = need->nvme.high ? dsfit_judge(need->nvme.low, need->nvme.high, a->nvme_capacity) :
				    DSFIT_FITS;
	a->overall = worse(worse(a->gpu, a->host), fits_if_unknown(a->nvme));
	a->overall = worse(a->overall, fits_if_unknown(a->storage));
	a->overall = worse(a->overall, fits_if_unknown(a->network_counts));
	if (a->stop.text[0] || dsfit_card_stops(a->fault))
		a->overall = DSFIT_EXCEEDS;
}

static void judge(const struct dsfit_site *site, const struct dsfit_workload *workload,
		  const struct dsfit_request *request, struct dsfit_assessment *a)
{
	const struct dsfit_account *need = &a->account;

	a->gpu = dsfit_judge(need->gpu.low, need->gpu.high_declared, a->gpu_capacity);
	a->storage = dsfit_judge(need->storage.low, need->storage.high, site->storage);
	judge_network(site, workload, request, a);
	judge_node(a);
}

static bool same_layout(const struct dsfit_layout *a, const struct dsfit_layout *b)
{
	return a->nodes == b->nodes && a->gpus_per_node == b->gpus_per_node &&
	       a->gpus == b->gpus && a->context == b->context && !(a->tflops < b->tflops) &&
	       !(a->tflops > b->tflops);
}

void dsfit_accounts_begin(struct dsfit_accounts *accounts, const struct dsfit_site *site,
			  const struct dsfit_workload *workload)
{
	accounts->site = site;
	accounts->workload = workload;
	accounts->assessed = 0;
	accounts->no_memory = false;
	accounts->least_known = false;
	accounts->count = 0;
	accounts->more = NULL;
	memset(accounts->place, 0, sizeof(accounts->place));
}

void dsfit_accounts_end(struct dsfit_accounts *accounts)
{
	free(accounts->more);
	accounts->more = NULL;
}

/* A place for one account more, from 1. */
static uint8_t next_place(struct dsfit_accounts *all)
{
	size_t at = all->count++;

	if (at >= DSFIT_ACCOUNTS_FIRST && !all->more) {
		all->more = malloc((DSFIT_ACCOUNTS_KEPT - DSFIT_ACCOUNTS_FIRST) *
				   sizeof(*all->more));
		if (!all->more) {
			at = 0;
			all->count = 1;
		}
	}
	return (uint8_t)(at + 1);
}

static struct dsfit_account_kept *kept_at(struct dsfit_accounts *all, uint8_t place)
{
	return place <= DSFIT_ACCOUNTS_FIRST ? &all->first[place - 1] :
					       &all->more[place - 1 - DSFIT_ACCOUNTS_FIRST];
}

/* The account on a layout, kept or new: the same for all classes with that layout. */
static struct dsfit_account_kept *account_for(struct dsfit_accounts *all,
					      const struct dsfit_layout *layout)
{
	const struct dsfit_workload *workload = all->workload;
	uint64_t hash = layout->nodes * 131 + layout->gpus * 31 + (uint64_t)layout->tflops;
	uint8_t *place = &all->place[hash % DSFIT_ACCOUNTS_KEPT];
	struct dsfit_account_kept *kept = *place ? kept_at(all, *place) : NULL;
	struct dsfit_assessment *a;

	if (kept && same_layout(&kept->assessment.layout, layout))
		return kept;
	if (!kept) {
		*place = next_place(all);
		kept = kept_at(all, *place);
	}
	kept->alone_on = NULL;
	a = &kept->assessment;
	a->layout = *layout;
	a->stop.text[0] = '\0';
	dsfit_layout_check(&workload->model, &workload->training, layout, &a->stop);
	dsfit_account(&workload->model, &all->site->families, &workload->training, layout,
		      &all->site->estimate, &a->account);
	return kept;
}

const struct dsfit_assessment *dsfit_account_for(struct dsfit_accounts *accounts,
						 const struct dsfit_layout *layout)
{
	return &account_for(accounts, layout)->assessment;
}

const struct dsfit_least *dsfit_least_of(struct dsfit_accounts *accounts)
{
	const struct dsfit_workload *workload = accounts->workload;

	if (!accounts->least_known)
		dsfit_account_least(&workload->model, &workload->training,
				    &accounts->site->estimate, &accounts->least);
	accounts->least_known = true;
	return &accounts->least;
}

/* What depends on the card and the network alone. */
static void compare_cards(const struct dsfit_accounts *all, const struct dsfit_request *request,
			  const struct dsfit_node_class *class, struct dsfit_assessment *a)
{
	const struct dsfit_training *training = &all->workload->training;
	struct dsfit_pace pace = dsfit_pace(training, &a->account, a->layout.nodes, class->network);

	a->placed = true;
	a->nearest = NULL;
	a->card = NULL;
	a->fault = dsfit_card_fault(class->gpu, training, a->layout.gpus);
	a->gpu_capacity = class->gpu->memory;
	judge(all->site, all->workload, request, a);
	a->step_seconds = pace.step_seconds;
	a->waiting = pace.waiting;
	a->days_per_billion = pace.days_per_billion;
}

/* Compare a kept account with what a class has. */
static void compare_with(struct dsfit_accounts *all, const struct dsfit_request *request,
			 const struct dsfit_node_class *class, struct dsfit_account_kept *kept)
{
	struct dsfit_assessment *a = &kept->assessment;

	all->assessed++;
	a->class = class;
	a->host_capacity = dsfit_memory_per_node(all->site, request, class, &a->layout);
	/* To Slurm, --tmp is the least scratch that a node must have. dsfit takes it for what the
	 * job will use, because only that much is certain to be there. */
	a->nvme_capacity = request->scratch ? request->scratch : class->scratch;
	a->network_capacity = class->network;
	if (kept->alone_on == class->gpu) {
		judge_node(a);
	} else {
		compare_cards(all, request, class, a);
		kept->alone_on = a->layout.nodes < 2 ? class->gpu : NULL;
	}
	a->price = dsfit_price(class, a->layout.gpus);
	a->price_per_billion = dsfit_price_per_billion(a->price, a->days_per_billion);
}

/* The assessment on one class. Valid as that of dsfit_account_for(). */
static const struct dsfit_assessment *assess_there(struct dsfit_accounts *accounts,
						   const struct dsfit_request *request,
						   const struct dsfit_node_class *class,
						   const struct dsfit_layout *layout)
{
	struct dsfit_account_kept *there = account_for(accounts, layout);

	compare_with(accounts, request, class, there);
	return &there->assessment;
}

void dsfit_assess_on(struct dsfit_accounts *accounts, const struct dsfit_request *request,
		     const struct dsfit_node_class *class, const struct dsfit_layout *layout,
		     struct dsfit_assessment *out)
{
	*out = *assess_there(accounts, request, class, layout);
}

/*
 * Whether to show a rather than b: the worse verdict, because the job may land there; the better
 * one, if the user `named` nodes whose class dsfit does not know, because it must not refuse a job
 * that fits on some. Then the fuller GPU, then the longer wait for the network.
 */
static bool tells_more(const struct dsfit_assessment *a, const struct dsfit_assessment *b,
		       bool named)
{
	if (a->overall != b->overall)
		return named ? a->overall < b->overall : a->overall > b->overall;
	if (a->account.gpu.peak != b->account.gpu.peak || a->gpu_capacity != b->gpu_capacity)
		return (double)a->account.gpu.peak * (double)b->gpu_capacity >
		       (double)b->account.gpu.peak * (double)a->gpu_capacity;
	/* An unknown wait may be the longest. */
	if ((a->waiting < 0) != (b->waiting < 0))
		return named ? b->waiting < 0 : a->waiting < 0;
	return named ? a->waiting < b->waiting : a->waiting > b->waiting;
}

void dsfit_assess_each(struct dsfit_accounts *accounts, const struct dsfit_request *request,
		       const struct dsfit_node_class *const *classes, size_t count,
		       dsfit_landing_visitor visit, void *context)
{
	const struct dsfit_site *site = accounts->site;
	const bool all = !classes;
	struct dsfit_layout layout;

	/* Of a thousand classes, few have the type that most requests name. */
	if (all && request->gpu_type[0])
		classes = dsfit_site_of_type(site, request->gpu_type, &count);
	for (size_t i = 0; i < (classes ? count : site->class_count); i++) {
		const struct dsfit_node_class *class = classes ? classes[i] : &site->classes[i];

		if (all && !dsfit_matches_of_type(site, request, class))
			continue;
		if (!dsfit_place_matching(site, request, class, &layout))
			continue;
		visit(context, assess_there(accounts, request, class, &layout));
	}
}

/* The assessment to show so far. */
struct shown {
	bool named;
	struct dsfit_assessment *out;
};

static void show(void *context, const struct dsfit_assessment *there)
{
	struct shown *shown = context;

	if (!shown->out->placed || tells_more(there, shown->out, shown->named))
		*shown->out = *there;
}

/* Whether a is more like the layout than b: it has more of the GPUs per node, else more nodes. */
static bool comes_nearer(const struct dsfit_node_class *a, const struct dsfit_node_class *b,
			 const struct dsfit_layout *layout)
{
	uint64_t gpus_a = dsfit_min(a->gpus, layout->gpus_per_node);
	uint64_t gpus_b = dsfit_min(b->gpus, layout->gpus_per_node);

	return gpus_a != gpus_b ? gpus_a > gpus_b : a->count > b->count;
}

/* The largest card of the GPU type that the request names. */
static const struct dsfit_gpu *card_of(const struct dsfit_site *site, const char *type)
{
	const struct dsfit_gpu *card = NULL;

	for (size_t i = 0; type[0] && i < site->class_count; i++)
		if (!strcmp(site->classes[i].gres_type, type) &&
		    (!card || site->classes[i].gpu->memory > card->memory))
			card = site->classes[i].gpu;
	return card;
}

static void find_nearest(const struct dsfit_site *site, const struct dsfit_request *request,
			 struct dsfit_assessment *out)
{
	for (size_t i = 0; i < site->class_count; i++) {
		const struct dsfit_node_class *class = &site->classes[i];

		if (dsfit_matches(site, request, class) &&
		    (!out->nearest || comes_nearer(class, out->nearest, &out->layout)))
			out->nearest = class;
	}
	out->card = card_of(site, request->gpu_type);
}

/* Assess a request that no class can hold on the layout that it states. */
static void assess_stated(struct dsfit_accounts *accounts, const struct dsfit_request *request,
			  struct dsfit_assessment *out)
{
	const struct dsfit_node_class unlimited = dsfit_unlimited_class();
	const struct dsfit_site *site = accounts->site;
	struct dsfit_layout layout;

	if (request->scope == DSFIT_GPUS_UNSET ||
	    !dsfit_lay_out(site, request, &unlimited, &layout))
		layout = (struct dsfit_layout){
			.nodes = dsfit_max(request->nodes_min, 1),
			.gpus = dsfit_max(request->gpus, 1),
		};
	/* Nodes without a limit say nothing about how Slurm spreads GPUs over them. */
	layout.gpus_per_node = dsfit_div_up(layout.gpus, layout.nodes);
	dsfit_assess_on(accounts, request, &unlimited, &layout, out);
	out->placed = false;
	out->class = NULL;
	find_nearest(site, request, out);
	if (out->card) {
		out->fault = dsfit_card_fault(out->card, &accounts->workload->training,
					      out->layout.gpus);
		out->gpu_capacity = out->card->memory;
		judge(site, accounts->workload, request, out);
	}
	if (out->nearest && !dsfit_asks_nothing(request))
		out->overall = DSFIT_EXCEEDS;
}

/* Assess a request that no class can hold alone where several can together. */
static void assess_mixed(struct dsfit_accounts *accounts, const struct dsfit_request *request,
			 const struct dsfit_node_class *const *classes, size_t count,
			 struct shown *shown)
{
	const struct dsfit_site *site = accounts->site;
	struct dsfit_layout all, there;

	/* To find that takes about as long as to assess them. */
	accounts->assessed += classes ? count : site->class_count;
	if (!dsfit_lay_out_mixed(site, request, classes, count, &all))
		return;
	for (size_t i = 0; i < (classes ? count : site->class_count); i++) {
		const struct dsfit_node_class *class = classes ? classes[i] : &site->classes[i];

		if (!classes && !dsfit_matches(site, request, class))
			continue;
		there = all;
		if (dsfit_layout_there(site, request, class, &there))
			show(shown, assess_there(accounts, request, class, &there));
	}
}

void dsfit_assess_among(struct dsfit_accounts *accounts, const struct dsfit_request *request,
			const struct dsfit_node_class *const *classes, size_t count,
			struct dsfit_assessment *out)
{
	struct shown shown = {
		.named = request->bound == DSFIT_NODES_BOUND_BY_LIST && !accounts->site->listed,
		.out = out,
	};

	memset(out, 0, sizeof(*out));
	dsfit_assess_each(accounts, request, classes, count, show, &shown);
	if (!out->placed)
		assess_mixed(accounts, request, classes, count, &shown);
	if (!out->placed)
		assess_stated(accounts, request, out);
}

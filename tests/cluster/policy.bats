#!/usr/bin/env bats
# The site's policy, and what a user may choose within it.

load helpers

# The submit host alone: the controller has a configuration of its own.
setup_file() {
	other_cluster spank
}

misfit=(-N1 --gpus-per-node=a100:4)

# site SED-SCRIPT: with the demo's configuration, so edited.
site() {
	edited_conf "$1"
	with_conf "$PWD/dsfit.conf"
}

only_advice() {
	matches "$(said)" '^does not fit: 13B'
	[[ $(alternatives) ]]
	as_asked "${misfit[@]}"
}

no_word() {
	is "$(said)" ''
	as_asked "${misfit[@]}"
}

is_corrected() {
	submitted
	corrected
	(($(held_nodes "$job") > 1))
}

@test "mode = off" {
	site 's/^mode = correct/mode = off/'
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}"
	no_word
}

@test "mode = advise" {
	site 's/^mode = correct/mode = advise/'
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}"
	only_advice
}

@test "mode = reject" {
	site 's/^mode = correct/mode = reject/'
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}"
	refused
	[[ $(alternatives) ]]
}

@test "a stricter --ds-fit is everybody's choice" {
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}" --ds-fit=reject
	refused
	matches "$(said)" '^refused: '
	site 's/^mode = correct/mode = advise/'
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}" --ds-fit=correct
	is_corrected
	site 's/^mode = correct/mode = off/'
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}" --ds-fit=advise
	only_advice
}

@test "a milder --ds-fit is not" {
	local fit
	for fit in advise off; do
		run_sbatch_hold "${too_big[@]}" "${misfit[@]}" --ds-fit="$fit"
		matches "$(said)" "--ds-fit=$fit is not allowed here: the policy says mode = correct"
		is_corrected
	done
	for fit in correct advise off; do
		run_sbatch_hold "${too_big[@]}" "${misfit[@]}" --ds-fit="$fit" -p strict
		matches "$(said)" "--ds-fit=$fit is not allowed here: the policy says mode = reject"
		((status != 0))
	done
}

@test "may-override: all users" {
	site 's/^may-override = .*/may-override = {"*"}/'
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}" --ds-fit=advise
	only_advice
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}" --ds-fit=off
	no_word
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}"
	is_corrected
}

@test "may-override: one user" {
	site "s/^may-override = .*/may-override = {\"$(id -un)\"}/"
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}" --ds-fit=advise
	only_advice
	site 's/^may-override = .*/may-override = {"somebody-else"}/'
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}" --ds-fit=advise
	is_corrected
}

@test "--ds-fit=off has nothing said of a job that fits" {
	site 's/^may-override = .*/may-override = {"*"}/'
	run_sbatch_hold "${too_big[@]}" --gpus-per-node=h100:8 --ds-fit=off
	is "$(said)" ''
	as_asked --gpus-per-node=h100:8
}

@test "may-change: what is not listed is the user's" {
	site 's/^may-change = .*/may-change = {memory, scratch, network}/'
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}"
	refused
	matches "$(said)" 'not corrected: the job needs a change of .*the number of nodes'
	run_sbatch_hold "${too_big[@]}" --ds-offload=cpu "${misfit[@]}" --mem=8G
	submitted
	corrected
	is "$(held_memory "$job" --mem)" "$(value --mem "$new")"
}

@test "max-nodes, max-gpus: what a correction may reach" {
	local limit
	for limit in 'max-nodes = 1' 'max-gpus = 4'; do
		site "s/^mode = correct/&\n$limit/"
		run_sbatch_hold "${too_big[@]}" "${misfit[@]}"
		refused
	done
	# What is asked for and fits is not their matter.
	run_sbatch_hold "${too_big[@]}" -N3 --gpus-per-node=a100:4
	as_asked -N3 --gpus-per-node=a100:4
}

@test "refuse-tight" {
	# The first model that is tight on four a100_80g.
	local model request="-N1 --gpus-per-node=a100_80g:4"
	for model in 13B 14B 15B 16B 17B 18B 19B 20B; do
		run_sbatch_hold --ds-model="$model" $request
		[[ ! $(said) =~ ^tight: ]] || break
	done
	matches "$(said)" '^tight: '
	as_asked $request
	site 's/^refuse-tight = false/refuse-tight = true/'
	run_sbatch_hold --ds-model="$model" $request
	is_corrected
	run_sbatch_hold --ds-model="$model" $request --ds-fit=reject
	((status != 0))
	matches "$(said)" '^refused: '
}

@test "unknown-gpu" {
	run_sbatch_hold "${too_big[@]}" --gpus-per-node=v100:4
	matches "$(said)" '^cannot tell: '
	as_asked --gpus-per-node=v100:4
	site 's/^unknown-gpu = warn/unknown-gpu = reject/'
	run_sbatch_hold "${too_big[@]}" --gpus-per-node=v100:2
	((status != 0))
	matches "$(said)" 'this site refuses GPU types that no nodes in dsfit.conf have'
}

@test "--ds-explain=full: the account, term by term" {
	run_sbatch_hold "${too_big[@]}" -N3 --gpus-per-node=a100:4 --ds-explain=full
	local term
	for term in weights gradients optimizer 'Host memory per node:' 'Network:' \
		'hardware guide +DeepSpeed +dsfit' 'per GPU, peak' 'Cost:'; do
		matches "$(said)" "$term"
	done
	# Each line bears Slurm's prefix.
	is "$(said | wc -l)" "$(wc -l <<<"$stderr")"
	as_asked -N3 --gpus-per-node=a100:4
}

@test "--ds-explain=full, of a correction and a refusal" {
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}" --ds-explain=full
	is_corrected
	matches "$(said)" 'Memory per GPU, peak'
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}" --ds-explain=full -p strict
	((status != 0))
	matches "$(said)" 'Memory per GPU, peak'
}

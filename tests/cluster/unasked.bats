#!/usr/bin/env bats
# Only a model: dsfit asks for what it needs.

load helpers

@test "only --ds-model=13B: a request that fits, and it runs" {
	run_sbatch --ds-model=13B "$(gpu_script)"
	submitted
	corrected
	is "$old" "no GPUs requested"
	local gpus nodes option
	gpus=$(value --gpus-per-node "$new") nodes=$(value -N "$new")
	is "$(held_tres "$job" TresPerNode)" "gpu:$gpus"
	for option in --mem --mem-per-gpu; do
		[[ $new != *"$option="* ]] ||
			is "$(held_memory "$job" "$option")" "$(value "$option" "$new")"
	done
	completes "$job"
	is "$(held_nodes "$job")" "$nodes"
	is "$(gpus_seen "$job")" $((nodes * ${gpus##*:}))
}

@test "it is the smallest: none that is cheaper fits" {
	run_sbatch_hold --ds-model=13B
	corrected
	run_on dsfit size --model=13B --json
	is "$status" 0
	is "$(jq -r ".alternatives[0].request" <<<"$output")" "$new"

	# The demo's GPUs, with more and more of them, cheapest node first.
	local price gpu gpus nodes
	price=$(jq '.alternatives[0].per_hour' <<<"$output")
	for gpu in rtx4090:2:4 a100_80g:4:4 a100:4:4 h100:8:2 h200:8:1; do
		IFS=: read -r gpu gpus nodes <<<"$gpu"
		for ((; nodes > 0; nodes--)); do
			run_on dsfit size --model=13B --json --gpu="$gpu" --nodes="$nodes" \
				--gpus-per-node="$gpus"
			((status == 1)) ||
				jq -e --argjson least "$price" '.cost.per_hour >= $least' <<<"$output"
		done
	done
}

@test "what it asked for is not corrected when typed" {
	run_sbatch_hold --ds-model=13B
	corrected
	run_sbatch_hold --ds-model=13B $new
	matches "$(said)" '^fits: '
	as_asked $new
}

@test "a small model gets a small request" {
	run_sbatch_hold --ds-model=350M
	submitted
	corrected
	is "$(held_nodes "$job")" 1
	matches "$(held_tres "$job" TresPerNode)" '^gpu:rtx4090:[12]$'
}

@test "nodes, partition and constraint that were asked for stay" {
	run_sbatch_hold --ds-model=13B -N2 -p preempt -C net200
	submitted
	corrected
	is "$(held_nodes "$job")" 2
	is "$(held "$job" Partition)" preempt
	matches "$(held "$job" Features)" net200
	matches "$(held_tres "$job" TresPerNode)" '^gpu:a100'
}

@test "an experiment goes to the preemptible partition" {
	run_sbatch_hold --ds-model=13B --ds-goal=experiment
	submitted
	is "$(held "$job" Partition)" preempt
}

#!/usr/bin/env bats
# Where a request lands: dsfit and Slurm say the same of random requests on an idle demo cluster.
#
# They differ on few, for what only some releases do: 22.05 and 26.05 give a node's GPUs more memory
# than it has (--mem-per-gpu), and 26.05 does not find the one node for some of "-N1 --gpus".

load helpers

requests=400

# ask_slurm: adds to each line of "PLACES<TAB>OPTIONS" the nodes that Slurm would give.
ask_slurm() {
	on bash -c 'while IFS=$(printf "\t") read -r places options; do
		said=$(sbatch --test-only $options --wrap=true 2>&1 </dev/null)
		nodes=$(sed -n "s/.* to start at .* on nodes \([^ ]*\) in .*/\1/p" <<<"$said")
		printf "%s\t%s\t%s\n" "$places" "${nodes:-no}" "$options"
	done'
}

@test "dsfit places a request where Slurm does" {
	"$root/build/tests/placed" "$root/conf/dsfit.conf" "$requests" 1 |
		ask_slurm >answers
	is "$(wc -l <answers)" "$requests"
	awk -F'\t' '{ dsfit = $1 != "no"; slurm = $2 != "no"; placed += slurm }
		dsfit != slurm { print > "differ"; differ++ }
		END { print placed + 0, differ + 0 }' answers >counts
	read -r placed differ <counts
	echo "$placed of $requests are placed by Slurm, $differ are not what dsfit says"
	[[ ! -e differ ]] || cat differ
	((placed > requests / 4 && differ <= requests / 100))
}

# nodes_of LIST: how many nodes "a100-[0-1,3]" is.
nodes_of() {
	on scontrol show hostnames "$1" | wc -l
}

@test "and on as many nodes" {
	local places nodes options class
	"$root/build/tests/placed" "$root/conf/dsfit.conf" 200 2 | ask_slurm >answers
	while IFS=$'\t' read -r places nodes options; do
		# Of a range of nodes Slurm gives what is free.
		[[ $places != no && $nodes != no && $options != *--nodes=1-* ]] || continue
		class=${nodes%%-*}
		[[ ${nodes//$class-/} != *[a-z]* && $places =~ (^| )"$class":([0-9]+) ]] || continue
		echo "$options: $nodes, $places"
		is "$(nodes_of "$nodes")" "${BASH_REMATCH[2]}"
		: $((++compared))
	done <answers
	((compared > 40))
}

@test "tasks per GPU: as many nodes as their GPUs allow" {
	local way places options=(-n8 --ntasks-per-gpu=1 --gpus-per-node=a100_80g:4)
	for way in '' -N1 -N2 -N3; do
		run_on dsfit size --model=1.3B --zero=2 "${options[@]}" $way --json
		places=$(jq -r '.verdict.overall' <<<"$output")
		run_on sbatch --test-only "${options[@]}" $way --wrap=true
		echo "$way: $places, $status: $stderr"
		is "$([[ $places == exceeds ]] && echo 1 || echo 0)" "$status"
	done
	run_sbatch_hold --ds-model=13B --ds-zero=3 -p strict -N1 -n8 --ntasks-per-gpu=1 \
		--gpus-per-node=a100:4
	((status != 0))
	lacks "$(said)" 'instead: -p strict -N 1 .*gpus-per-node=a100_80g:4'
}

@test "what a correction makes of a request can run" {
	local model seed=0
	for model in 5B 7B 13B; do
		"$root/build/tests/placed" "$root/conf/dsfit.conf" 250 $((++seed)) | cut -f2 |
			on bash -c 'while read -r options; do
				said=$(sbatch --test-only --ds-model='"$model"' --ds-zero=3 $options \
					--wrap=true 2>&1 </dev/null)
				[[ $said == *"dsfit: corrected: "* ]] || continue
				echo corrected
				[[ $said == *" to start at "* ]] || printf "%s\n%s\n" "$options" "$said"
			done' >>answers
	done
	echo "$(grep -c '^corrected$' answers) corrections"
	grep -v '^corrected$' answers && return 1
	(($(grep -c '^corrected$' answers) > 30))
}

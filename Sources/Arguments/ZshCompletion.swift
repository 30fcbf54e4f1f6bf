/// The completion script for zsh, for a folder of `fpath` or to be sourced.
enum ZshCompletion {
  static func render(_ model: CompletionModel) -> String {
    let name = model.function
    var script = """
      #compdef \(model.program)
      # zsh completion for \(model.program), made from its command table: do not edit.

      # What can follow the words typed so far.
      \(name)_words() {
        case $1 in

      """
    for (path, words) in model.words {
      script += "    (\(quote(path))) reply=(\n"
      for word in words { script += "      \(described(word.text, word.help))\n" }
      script += "    ) ;;\n"
    }
    script += """
          (*) reply=() ;;
        esac
      }

      # The command that the words typed so far name.
      \(name)_command() {
        case $1 in

      """
    for (typed, command) in model.names { script += "    (\(quote(typed))) REPLY=\(quote(command)) ;;\n" }
    script += """
          (*) REPLY='' ;;
        esac
      }

      # The command that a noun stands for alone.
      \(name)_default() {
        case $1 in

      """
    for (noun, command) in model.defaults { script += "    (\(quote(noun))) REPLY=\(quote(command)) ;;\n" }
    script += """
          (*) REPLY='' ;;
        esac
      }

      # The options of a command.
      \(name)_options() {
        case $1 in

      """
    for command in model.commands where !command.options.isEmpty {
      script += "    (\(quote(command.name))) reply=(\n" + options(command) + "    ) ;;\n"
    }
    script += """
          (*) reply=() ;;
        esac
      }

      # The values of an option: fails for one that takes none.
      \(name)_value() {
        case "$1 $2" in

      """
    for command in model.commands + [model.globals] {
      for (spellings, values, _) in command.options {
        guard let values else { continue }
        let patterns = spellings.map { command.name.isEmpty ? "*" + quote(" " + $0) : quote("\(command.name) \($0)") }
        script += "    (\(patterns.joined(separator: "|"))) REPLY=\(quote(values.text)) ;;\n"
      }
    }
    script += """
          (*) REPLY=''; return 1 ;;
        esac
      }

      # The values of an operand, counted from 0.
      \(name)_operand() {
        case "$1 $2" in

      """
    for command in model.commands {
      for (position, operand) in command.operands.enumerated() {
        let pattern = operand.isRepeated ? quote("\(command.name) ") + "[0-9]*" : quote("\(command.name) \(position)")
        script += "    (\(pattern)) REPLY=\(quote(operand.values.text)) ;;\n"
      }
    }
    return script + driver(model, name)
  }

  private static func options(_ command: CompletionModel.Command) -> String {
    var lines = ""
    for option in command.options {
      for spelling in option.spellings { lines += "      \(described(spelling, option.help))\n" }
    }
    return lines
  }

  private static func described(_ word: String, _ help: String) -> String {
    let escaped = word.split(separator: ":", omittingEmptySubsequences: false).joined(separator: "\\:")
    return quote("\(escaped):\(help)")
  }

  private static func quote(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }

  private static func driver(_ model: CompletionModel, _ name: String) -> String {
    let completer = ([model.program] + model.completer).joined(separator: " ")
    return #"""
          (*) REPLY='-' ;;
        esac
      }

      # VALUES CURRENT OPERANDS
      \#(name)_offer() {
        local -a reply offered kept
        case $1 in
          ('w '*) offered=(${=1#w }); compadd -a offered ;;
          ('l '*)
            # Several, parted by commas: the ones before are not offered again.
            offered=(${=1#l })
            [[ $2 == *,* ]] && kept=(${(s:,:)2%,*})
            offered=(${offered:|kept})
            compset -P '*,'
            compadd -S '' -a offered ;;
          (f) _files ;;
          (d) _files -/ ;;
          ('k '*) offered=(${(f)"$(\#(completer) "${1#k }" "$2" 2>/dev/null)"}); compadd -a offered ;;
          (c) \#(name)_words "$3"; _describe -t commands command reply ;;
        esac
      }

      \#(name)() {
        local REPLY='' word current typed='' command='' pending='' literal='' operands='' standard scope
        local -a reply globals
        integer index position=0
        globals=(
      \#(options(model.globals))    )
        for ((index = 2; index < CURRENT; index++)); do
          word=${(Q)words[index]}
          if [[ -n $pending ]]; then
            pending=''
          elif [[ -z $literal && $word == -?* ]]; then
            if [[ -z $command ]]; then
              # An option that only a command has means the noun's own command.
              \#(name)_default "$typed"
              if [[ -n $REPLY ]]; then
                standard=$REPLY
                \#(name)_options "$standard"
                [[ -n ${(M)reply:#${word%%=*}:*} ]] && command=$standard
              fi
            fi
            if [[ $word == -- ]]; then
              literal=1
            elif [[ $word != --*=* ]] && \#(name)_value "$command" "$word"; then
              pending=$word
            fi
          elif [[ -z $command ]]; then
            typed=${typed:+$typed }$word
            \#(name)_command "$typed"
            command=$REPLY
          else
            operands=${operands:+$operands }$word
            position+=1
          fi
        done
        current=${(Q)words[CURRENT]}
        scope=$command
        if [[ -z $scope ]]; then
          \#(name)_default "$typed"
          scope=$REPLY
        fi
        if [[ -n $pending ]]; then
          \#(name)_value "$command" "$pending"
          \#(name)_offer "$REPLY" "$current" ''
        elif [[ -z $literal && $current == --*=* ]]; then
          \#(name)_value "$scope" "${current%%=*}" || return 1
          compset -P 1 '*='
          \#(name)_offer "$REPLY" "${current#*=}" ''
        elif [[ -z $literal && $current == -* ]]; then
          \#(name)_options "$scope"
          reply+=($globals)
          _describe -o -t options option reply
        elif [[ -z $command ]]; then
          \#(name)_words "$typed"
          _describe -t commands command reply
        else
          \#(name)_operand "$command" "$position"
          \#(name)_offer "$REPLY" "$current" "$operands"
        fi
      }

      if [[ $funcstack[1] == \#(name) ]]; then
        \#(name) "$@"
      elif (( $+functions[compdef] )); then
        compdef \#(name) \#(model.program)
      fi

      """#
  }
}

package run

import "context"

func showHelp(_ context.Context, p Program, _ commandLine) int {
	list := commandList()
	width := 0
	for _, c := range list {
		width = max(width, len([]rune(c.usage())))
	}
	p.print("%s %s\n", p.Name, p.Version)
	for _, c := range list {
		p.print("  %s %-*s  %s", p.Name, width, c.usage(), c.about)
	}
	p.print(`
  --config FILE    the configuration; otherwise the file that the variable
                   %[1]s_CONFIG names, otherwise config.yaml in this folder
  --set key=value  set a key; may be repeated. It wins over variables, such as
                   %[1]s_HTTP_ADDR for http.addr, and these win over the file`, p.Prefix)
	return exitDone
}

func showVersion(_ context.Context, p Program, _ commandLine) int {
	p.print("%s %s", p.Name, p.Version)
	return exitDone
}

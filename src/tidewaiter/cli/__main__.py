from tidewaiter.cli.main import main

main()

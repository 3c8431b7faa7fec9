using System.Text.Json.Serialization;
using FunctionsApp.Functions.Hosting;

namespace FunctionsApp.Functions.Accounts;

/// <summary>How the bodies of the module are read and written.</summary>
[JsonSerializable(typeof(SignupRequest))]
[JsonSerializable(typeof(SignedUp))]
[JsonSerializable(typeof(LoginRequest))]
[JsonSerializable(typeof(TokenResponse))]
[JsonSerializable(typeof(RefreshRequest))]
[JsonSerializable(typeof(User))]
[JsonSerializable(typeof(Page<User>))]
[JsonSerializable(typeof(Page<Session>))]
[JsonSerializable(typeof(Page<AccountEvent>))]
[JsonSerializable(typeof(ChangeMe))]
[JsonSerializable(typeof(DeleteMe))]
[JsonSerializable(typeof(ChangePassword))]
[JsonSerializable(typeof(NewUser))]
[JsonSerializable(typeof(ChangeUser))]
[JsonSerializable(typeof(int?))]
[JsonSerializable(typeof(Guid))]
public sealed partial class AccountsJson : JsonSerializerContext;

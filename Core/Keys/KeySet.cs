using Microsoft.IdentityModel.Tokens;

namespace FunctionsApp.Core.Keys;

/// <summary>All keys at one moment.</summary>
public sealed record KeySet(
    PurposeKeys<RsaSecurityKey> AccessTokens,
    PurposeKeys<TicketCodeKey> TicketCodes,
    PurposeKeys<CursorKey> Cursors
);
